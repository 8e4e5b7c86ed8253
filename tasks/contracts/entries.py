"""The tables of `rookery.toml` that there may be many of: models, hosts and personas."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from tasks.contracts.masking import MASK
from tasks.contracts.messages import MAX_ID_CHARS, MAX_TEXT_CHARS, MAX_TOKENS, Sampling, Value
from tasks.contracts.problems import Contradiction, Problem
from tasks.contracts.quiet import read_hours
from tasks.contracts.sections import Seconds

EVERY_MODEL = "*"
DEMO_LABEL = "demo model"  # what stands beside every answer of the built-in model, wherever people read it
LLAMACPP = "llamacpp"  # the engine that comes with Rookery
FAKE = "fake"  # the engine that makes its answers up, for tests
OPENAI = "openai"  # in `aliases`: any server that is named by its address
MOST_SLOTS = 1024
HIGHEST_SEED = 2**32 - 1
OURS = "ROOKERY_"  # variables of which are settings, and known one by one
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _name(text: str) -> str:
    """Refuse what would break the lines and lists that names are written in."""
    if text != text.strip() or any(char in "|," or not char.isprintable() for char in text):
        raise ValueError("wanted a name without commas, bars, line breaks or blanks around it")
    return text


def _engine(text: str) -> str:
    if text not in (LLAMACPP, FAKE) and not _is_address(text):
        raise ValueError(f'wanted "{LLAMACPP}", "{FAKE}" or the address of a server such as http://10.0.0.5:1234')
    return text


def _is_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        return address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:  # a port that is none, a bracket that does not close
        return False


def _variable(text: str) -> str:
    """Refuse what is no name of a variable: most likely it is the key itself, so it is not shown."""
    if text and (not _VARIABLE.fullmatch(text) or text.startswith(OURS)):
        wish = "wanted the name of a variable that holds the key, such as STUDIO_KEY, not the key itself"
        raise Contradiction([Problem((), wish, MASK)])
    return text


def _hours(text: str) -> str:
    read_hours(text)
    return text


T = TypeVar("T")
Listed = Annotated[tuple[T, ...], Field(strict=False)]  # TOML knows lists only
Name = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS), AfterValidator(_name)]
Gib = Annotated[float, Field(gt=0, allow_inf_nan=False)]


Keep = Literal["ram", "ssd", "none"]


class Model(Value):
    """A model that the flock can answer with. It has one name here, whatever the engines call it."""

    name: Name
    gguf: str = ""
    builtin: Literal["", "demo"] = ""
    aliases: dict[str, str] = Field(default_factory=dict)
    context_tokens: int = Field(default=4096, ge=64, le=100_000_000)
    slots: int = Field(default=4, ge=1, le=MOST_SLOTS)
    memory_gib: Gib | None = None
    pin: Listed[Name] = ()
    """Hosts that always hold it."""

    @model_validator(mode="after")
    def _has_one_origin(self) -> Model:
        if sum(map(bool, (self.gguf, self.builtin, self.aliases))) != 1:
            wish = "wanted exactly one of gguf (a file), builtin and aliases (its names at other servers)"
            raise Contradiction([Problem((), wish)])
        return self

    def name_on(self, host: Host) -> str:
        """Return what the engine of `host` calls this model."""
        at_servers = self.aliases.get(OPENAI, "") if host.remote else ""
        return self.aliases.get(host.name) or at_servers or self.name


class Host(Value):
    """A machine or GPU, and the engine on it."""

    name: Name
    engine: Annotated[str, AfterValidator(_engine)] = LLAMACPP
    models: Listed[Name] = (EVERY_MODEL,)
    memory_gib: Gib | None = None
    max_models: int | None = Field(default=None, ge=1, le=MOST_SLOTS)
    """At the same time; None: as many as memory allows."""
    preload: Listed[Name] = (EVERY_MODEL,)
    """What it takes into memory when it starts, as far as that fits. The rest comes when somebody asks for it."""
    keep: Keep | None = None
    """How long a model that nobody uses stays in memory. None: until its room is needed."""
    unload_after_s: Seconds | None = None
    """The same in seconds, whatever `keep` says."""
    slots: int | None = Field(default=None, ge=1, le=MOST_SLOTS)
    labels: Listed[Name] = ()
    enabled: bool = True
    cloud: bool = False
    api_key_env: Annotated[str, AfterValidator(_variable)] = ""
    """The variable that holds the key of the server; with `_FILE` behind it, one that names a file."""
    agent: str = Field(default="", max_length=MAX_ID_CHARS)
    """The machine that runs its agent, as `rookery invite` named it. Empty: the one that has the fleet file."""
    quiet_hours: Annotated[str, AfterValidator(_hours)] = ""
    """When it takes nothing new, by the clock on the wall where its agent runs."""

    @property
    def remote(self) -> bool:
        """Whether the engine is a server at an address."""
        return self.engine not in (LLAMACPP, FAKE)

    def can_run(self, model: Model) -> bool:
        """Return whether the engine can come by the model: its file, or a name that a server knows."""
        if self.engine == LLAMACPP:
            return bool(model.gguf or model.builtin)
        return self.engine == FAKE or not {self.name, OPENAI}.isdisjoint(model.aliases)

    def may_hold(self, model: Model) -> bool:
        """Return whether this host is meant for `model`. `*` means every model that its engine can come by.

        A server may be given a model that has a file here: it then knows it by the same name.
        """
        return model.name in self.models or (EVERY_MODEL in self.models and self.can_run(model))


class Persona(Value):
    """Who answers: a model, a character, and bounds."""

    name: Name
    model: Name
    prompt: str = Field(default="", max_length=MAX_TEXT_CHARS)
    temperature: float | None = Field(default=None, ge=0, le=5, allow_inf_nan=False)
    top_p: float | None = Field(default=None, gt=0, le=1, allow_inf_nan=False)
    max_tokens: int = Field(default=MAX_TOKENS, ge=1, le=1_000_000)
    seed: int | None = Field(default=None, ge=0, le=HIGHEST_SEED)
    stop: Listed[str] = ()
    pin: str = ""
    labels: Listed[Name] = ()
    adapter: str = ""
    private: bool = True
    max_in_flight: int | None = Field(default=None, gt=0)

    @property
    def sampling(self) -> Sampling:
        """How the model picks its words for this persona."""
        return Sampling(
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_tokens,
            seed=self.seed,
            stop=self.stop,
        )
