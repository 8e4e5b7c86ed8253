"""The tables of `rookery.toml` that there may be many of: models and hosts. Personas are next door."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from tasks.contracts.engines import AT_AN_ADDRESS, FORMATS, GGUF, Format, Kind, read_engine
from tasks.contracts.fields import Listed as Listed
from tasks.contracts.fields import Name as Name
from tasks.contracts.masking import MASK
from tasks.contracts.messages import MAX_ID_CHARS, Value
from tasks.contracts.personas import AUTO as AUTO
from tasks.contracts.personas import HIGHEST_SEED as HIGHEST_SEED
from tasks.contracts.personas import Persona as Persona
from tasks.contracts.problems import Contradiction, Problem
from tasks.contracts.quiet import read_hours
from tasks.contracts.sections import Seconds

EVERY_MODEL = "*"
DEMO_LABEL = "demo model"  # what stands beside every answer of the built-in model, wherever people read it
LLAMACPP = Kind.LLAMACPP.value
FAKE = Kind.FAKE.value
OPENAI = Kind.OPENAI.value  # in `aliases`: any server at an address
MOST_SLOTS = 1024
OURS = "ROOKERY_"  # variables of which are settings, and known one by one
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _engine(text: str) -> str:
    """Refuse what names no server, and what may hold a key: the address is published to every machine."""
    if "?" in text or "#" in text:
        wish = "wanted an address without anything after a ? or #; the key of a server is named by `api_key_env`"
        raise Contradiction([Problem((), wish, MASK)])
    read_engine(text)
    return text


def _variable(text: str) -> str:
    """Refuse what is no name of a variable: most likely it is the key itself, so it is not shown."""
    if text and (not _VARIABLE.fullmatch(text) or text.startswith(OURS)):
        wish = "wanted the name of a variable that holds the key, such as STUDIO_KEY, not the key itself"
        raise Contradiction([Problem((), wish, MASK)])
    return text


def _hours(text: str) -> str:
    read_hours(text)
    return text


Gib = Annotated[float, Field(gt=0, allow_inf_nan=False)]


Keep = Literal["ram", "ssd", "none"]


class Model(Value):
    """A model that the flock can answer with. It has one name here, whatever the engines call it."""

    name: Name
    gguf: str = ""
    checkpoint: str = ""
    """The folder of the weights that it is trained on, as transformers writes it. Empty: those of its own file."""
    builtin: Literal["", "demo"] = ""
    aliases: dict[str, str] = Field(default_factory=dict)
    context_tokens: int = Field(default=4096, ge=64, le=100_000_000)
    slots: int = Field(default=4, ge=1, le=MOST_SLOTS)
    memory_gib: Gib | None = None
    pin: Listed[Name] = ()
    """Hosts that always hold it."""
    fallback: Listed[Name] = ()
    """Who answers instead, in this order, while no host is there that could have it."""
    format: Format | None = None
    """What its weights are written in. None: that of its file, and where a server has it, what the server takes."""

    @model_validator(mode="after")
    def _has_an_origin(self) -> Model:
        if not (self.gguf or self.builtin or self.aliases) or (self.builtin and (self.gguf or self.aliases)):
            wish = "wanted gguf (a file), aliases (its names at other servers) or both; or builtin alone"
            raise Contradiction([Problem((), wish)])
        if (self.gguf or self.builtin) and self.format not in (None, GGUF):
            wish = f"wanted {GGUF!r}, or no such key: the weights are in a GGUF file"
            raise Contradiction([Problem(("format",), wish, self.format)])
        return self

    def alias_on(self, host: Host) -> str:
        """Return the name that the engine of `host` is said to have for this model: its own, then its kind's."""
        if not host.remote:
            return self.aliases.get(host.name, "")
        return next((self.aliases[key] for key in (host.name, host.kind, OPENAI) if self.aliases.get(key)), "")

    def name_on(self, host: Host) -> str:
        """Return what the engine of `host` calls this model."""
        return self.alias_on(host) or self.name

    def format_on(self, host: Host) -> Format | None:
        """Return what its weights are written in on `host`; None where the server alone knows."""
        has_file = bool(self.gguf or self.builtin)
        by_file = GGUF if has_file and (host.kind is Kind.LLAMACPP or not self.alias_on(host)) else None
        return self.format or by_file


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
    """How long a model that nobody uses stays in memory. None: what is in `preload` until its room is needed."""
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
    formats: Listed[Format] = ()
    """What the engine can read. Empty: what engines of its kind can."""

    @property
    def kind(self) -> Kind:
        """Which engine it has."""
        return read_engine(self.engine).kind

    @property
    def called(self) -> str:
        """What its engine is called where people read it."""
        return read_engine(self.engine).called

    @property
    def address(self) -> str:
        """Where its server is; empty where the engine is none."""
        return read_engine(self.engine).address

    @property
    def remote(self) -> bool:
        """Whether the engine is a server at an address."""
        return self.kind in AT_AN_ADDRESS

    @property
    def takes(self) -> frozenset[Format]:
        """The formats that its engine can read."""
        return frozenset(self.formats) or FORMATS[self.kind]

    def reads(self, model: Model) -> bool:
        """Return whether the engine can read the weights of `model`, as far as their format is known."""
        wanted = model.format_on(self)
        return wanted is None or wanted in self.takes

    def can_run(self, model: Model) -> bool:
        """Return whether the engine can come by the model: its file, or a name that a server knows; and read it."""
        if self.kind is Kind.LLAMACPP:
            return bool(model.gguf or model.builtin) and self.reads(model)
        return (self.kind is Kind.FAKE or bool(model.alias_on(self))) and self.reads(model)

    def may_hold(self, model: Model) -> bool:
        """Return whether this host is meant for `model`. `*` means every model that its engine can come by.

        A server may be given a model that has a file here: it then knows it by the same name.
        """
        return model.name in self.models or (EVERY_MODEL in self.models and self.can_run(model))
