"""The whole of `rookery.toml` as one value, and how to find a model, host or persona in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import Field, ValidationError, ValidationInfo, model_validator

from tasks.contracts import bots, coherence
from tasks.contracts.entries import AUTO, FAKE, LLAMACPP, OPENAI, Host, Listed, Model, Persona
from tasks.contracts.errors import ConfigurationError, UnknownModel, UnknownPersona, UnknownThing
from tasks.contracts.health import Health
from tasks.contracts.messages import Value
from tasks.contracts.platforms import Discord, Feed, Limits, Telegram
from tasks.contracts.problems import Contradiction, Problem, Source, closest, lines_of, listed
from tasks.contracts.residency import Residency
from tasks.contracts.routing import Routing
from tasks.contracts.sections import Data, Flower, Jobs, Log, Memory, Notify, Redis, Scale, Training, Web
from tasks.contracts.talking import Casting, Transcript, Words

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
UNSOUND = "unsound"  # in the context of a validation: tables that are wrong in themselves, and looked at no further
DEMO = Model(name="demo", builtin="demo")
HOME = Host(name="home")
GREETER = "rookery"
GREETING = "You are Rookery, a friendly and helpful companion. Answer kindly, in a few short sentences."

Entry = TypeVar("Entry", Model, Host, Persona)


def _greeter(fields: dict[str, Any]) -> tuple[Persona, ...]:
    """Return who answers where the file names no persona: one on the model that is chosen, else on the first."""
    if fields["routing"].primary:
        return (Persona(name=GREETER, model=AUTO, prompt=GREETING),)
    return tuple(Persona(name=GREETER, model=model.name, prompt=GREETING) for model in fields["models"][:1])


class Fleet(Value):
    """What `rookery.toml` says. Without a file: the demo model on one host, and one persona."""

    redis: Redis = Redis()
    data: Data = Data()
    jobs: Jobs = Jobs()
    web: Web = Web()
    flower: Flower = Flower()
    log: Log = Log()
    residency: Residency = Residency()
    health: Health = Health()
    routing: Routing = Routing()
    discord: Discord = Discord()
    telegram: Telegram = Telegram()
    feed: Feed = Feed()
    limits: Limits = Limits()
    casting: Casting = Casting()
    words: Words = Words()
    transcript: Transcript = Transcript()
    memory: Memory = Memory()
    training: Training = Training()
    notify: Notify = Notify()
    scale: Scale = Scale()
    models: Listed[Model] = Field(default=(DEMO,), alias="model")
    hosts: Listed[Host] = Field(default=(HOME,), alias="host")
    personas: Listed[Persona] = Field(default_factory=_greeter, alias="persona")

    @model_validator(mode="after")
    def _holds_together(self, info: ValidationInfo) -> Fleet:
        unsound = (info.context or {}).get(UNSOUND, frozenset())
        problems = [problem for keys, found in self._checks() if unsound.isdisjoint(keys) for problem in found]
        if problems:
            raise Contradiction(problems)
        return self

    def _checks(self) -> Iterator[tuple[tuple[str, ...], Iterator[Problem]]]:
        """Yield the checks of what stands side by side, each after the keys of the file that it looks at."""
        yield ("jobs",), coherence.lives(self.jobs)
        yield ("training",), coherence.adapters(self.training)
        yield ("redis", "web", "flower", "telegram"), coherence.ports(self.redis, self.web, self.flower, self.telegram)
        yield ("discord", "telegram", "feed"), bots.names(self.discord, self.telegram, self.feed)
        yield ("feed",), bots.feeds(self.feed)
        yield ("model",), coherence.names("model", self.models)
        yield ("host",), coherence.names("host", self.hosts)
        yield ("persona",), coherence.names("persona", self.personas)
        yield ("model",), coherence.chains(self.models)
        yield ("model", "routing"), coherence.routes(self.routing, self.models)
        yield ("model", "host"), coherence.models(self.models, self.hosts)
        yield ("model", "host"), coherence.hosts(self.hosts, self.models)
        yield ("model", "host"), coherence.residency(self.models, self.hosts)
        yield (
            ("persona", "discord", "telegram", "feed"),
            bots.places(self.personas, self.discord, self.telegram, self.feed),
        )
        yield (
            ("model", "host", "persona", "routing"),
            coherence.personas(self.personas, self.models, self.hosts, self.routing),
        )

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

    def remembers(self, persona: Persona) -> bool:
        """Return whether a persona remembers what was said before: memories are made of the transcript."""
        return persona.memory and self.memory.enabled and self.transcript.enabled

    def learns(self, persona: Persona) -> bool:
        """Return whether a persona is trained on what was said: that is read from the transcript."""
        return persona.learns != "nothing" and self.training.enabled and self.transcript.enabled

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
    raise error(f"there is no {what} {name!r}; there are: {listed(known)}", next_step=hint)


def parse(raw: Mapping[str, Any], file: str, variables: Mapping[tuple[str, str], str] | None = None) -> Fleet:
    """Return what a parsed `rookery.toml` says; `variables` names where single (section, key) came from instead.

    Raises:
        ConfigurationError: one line per problem, each with its file, key, value and what was wanted.
    """
    source = Source(file, raw, variables or {})
    try:
        return Fleet.model_validate(raw)
    except ValidationError as exc:
        lines = [*lines_of(exc, Fleet, source), *_lines_of_the_rest(raw, exc, source)]
        raise refusal(list(dict.fromkeys(lines))) from exc


def _lines_of_the_rest(raw: Mapping[str, Any], exc: ValidationError, source: Source) -> list[str]:
    """Return what else cannot be said together, leaving out the tables that are wrong in themselves.

    Else a person would mend one thing only to be told of the next.
    """
    unsound = {str(error["loc"][0]) for error in exc.errors(include_url=False) if error["loc"]}
    if not unsound:
        return []
    sound = {key: value for key, value in raw.items() if key not in unsound}
    try:
        Fleet.model_validate(sound, context={UNSOUND: unsound})
    except ValidationError as more:
        return lines_of(more, Fleet, source)
    return []


def refusal(lines: Sequence[str]) -> ConfigurationError:
    """Return the error that tells a person of every problem at once."""
    return ConfigurationError("\n".join(lines), next_step=f"every key is explained in {EXAMPLE}")
