"""The whole of `rookery.toml` as one value, and how to find a model, host or persona in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import Field, ValidationError, model_validator

from tasks.contracts import coherence
from tasks.contracts.entries import FAKE, LLAMACPP, OPENAI, Host, Listed, Model, Persona
from tasks.contracts.errors import ConfigurationError, UnknownModel, UnknownPersona, UnknownThing
from tasks.contracts.messages import Value
from tasks.contracts.problems import Contradiction, Source, closest, lines_of
from tasks.contracts.sections import Data, Flower, Jobs, Log, Redis, Web

__all__ = [
    "FAKE",
    "LLAMACPP",
    "OPENAI",
    "Data",
    "Fleet",
    "Flower",
    "Host",
    "Jobs",
    "Log",
    "Model",
    "Persona",
    "Redis",
    "Web",
    "parse",
    "refusal",
]

EXAMPLE = "rookery.example.toml"
DEMO = Model(name="demo", builtin="demo")
HOME = Host(name="home")
GREETER = "rookery"
GREETING = "You are Rookery, a friendly and helpful companion. Answer kindly, in a few short sentences."

Entry = TypeVar("Entry", Model, Host, Persona)


def _greeter(fields: dict[str, Any]) -> tuple[Persona, ...]:
    """Return who answers where the file names no persona: one on the first model."""
    return tuple(Persona(name=GREETER, model=model.name, prompt=GREETING) for model in fields["models"][:1])


class Fleet(Value):
    """What `rookery.toml` says. Without a file: the demo model on one host, and one persona."""

    redis: Redis = Redis()
    data: Data = Data()
    jobs: Jobs = Jobs()
    web: Web = Web()
    flower: Flower = Flower()
    log: Log = Log()
    models: Listed[Model] = Field(default=(DEMO,), alias="model")
    hosts: Listed[Host] = Field(default=(HOME,), alias="host")
    personas: Listed[Persona] = Field(default_factory=_greeter, alias="persona")

    @model_validator(mode="after")
    def _holds_together(self) -> Fleet:
        problems = [
            *coherence.sections(self.redis, self.jobs, self.web, self.flower),
            *coherence.names("model", self.models),
            *coherence.names("host", self.hosts),
            *coherence.names("persona", self.personas),
            *coherence.models(self.models, self.hosts),
            *coherence.hosts(self.hosts, self.models),
            *coherence.personas(self.personas, self.models, self.hosts),
        ]
        if problems:
            raise Contradiction(problems)
        return self

    def model(self, name: str) -> Model:
        """Return the model of that name.

        Raises:
            UnknownModel: there is none.
        """
        return _named(self.models, name, UnknownModel, "model")

    def host(self, name: str) -> Host:
        """Return the host of that name.

        Raises:
            UnknownThing: there is none.
        """
        return _named(self.hosts, name, UnknownThing, "host")

    def persona(self, name: str) -> Persona:
        """Return the persona of that name.

        Raises:
            UnknownPersona: there is none.
        """
        return _named(self.personas, name, UnknownPersona, "persona")

    def models_of(self, host: str) -> tuple[Model, ...]:
        """Return the models that a host may hold, in the order of the file."""
        holder = self.host(host)
        return tuple(model for model in self.models if holder.may_hold(model))


def _named(entries: Sequence[Entry], name: str, error: type[UnknownThing], what: str) -> Entry:
    for entry in entries:
        if entry.name == name:
            return entry
    known = [entry.name for entry in entries]
    hint = closest(name, known) or f"add a [[{what}]] of that name to rookery.toml"
    raise error(f"there is no {what} {name!r}; there are: {', '.join(known)}", next_step=hint)


def parse(raw: Mapping[str, Any], file: str, variables: Mapping[tuple[str, str], str] | None = None) -> Fleet:
    """Return what a parsed `rookery.toml` says; `variables` names where single (section, key) came from instead.

    Raises:
        ConfigurationError: one line per problem, each with its file, key, value and what was wanted.
    """
    try:
        return Fleet.model_validate(raw)
    except ValidationError as exc:
        raise refusal(lines_of(exc, Fleet, Source(file, raw, variables or {}))) from exc


def refusal(lines: Sequence[str]) -> ConfigurationError:
    """Return the error that tells a person of every problem at once."""
    return ConfigurationError("\n".join(lines), next_step=f"every key is explained in {EXAMPLE}")
