"""What `engine` in a `[[host]]` may say: which kind of server, and at which address. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

from tasks.contracts.packages import ENGINES, brought
from tasks.contracts.problems import closest

Format = Literal["gguf", "mlx", "safetensors"]
GGUF: Format = "gguf"
MLX: Format = "mlx"
SAFETENSORS: Format = "safetensors"
SCHEMES = ("http", "https")


class Kind(StrEnum):
    """Who computes, as the fleet file names it: in `engine`, and as a key of `aliases`."""

    LLAMACPP = "llamacpp"
    """The engine that comes with Rookery."""
    FAKE = "fake"
    """The engine that makes its answers up, for tests."""
    LM_STUDIO = "lmstudio"
    OLLAMA = "ollama"
    VLLM = "vllm"
    ROUTER = "router"
    """A llama-server that starts others."""
    OPENAI = "openai"
    """Any server by its address alone, that speaks OpenAI's HTTP."""
    PACKAGE = "package"
    """An engine that another package brings along, by its own name there."""


#: Kinds that are written as `<kind>+http://…`.
PREFIXED = (Kind.LM_STUDIO, Kind.OLLAMA, Kind.VLLM, Kind.ROUTER)
#: Kinds that are servers at an address, and so have names of their own for models.
AT_AN_ADDRESS = (*PREFIXED, Kind.OPENAI, Kind.PACKAGE)
EVERY_FORMAT = frozenset({GGUF, MLX, SAFETENSORS})
#: What each kind can read, unless a host says otherwise.
FORMATS: dict[Kind, frozenset[Format]] = {
    Kind.LLAMACPP: frozenset({GGUF}),
    Kind.FAKE: EVERY_FORMAT,
    Kind.LM_STUDIO: frozenset({GGUF, MLX}),
    Kind.OLLAMA: frozenset({GGUF}),
    Kind.VLLM: frozenset({SAFETENSORS}),
    Kind.ROUTER: frozenset({GGUF}),
    Kind.OPENAI: EVERY_FORMAT,
    Kind.PACKAGE: EVERY_FORMAT,
}
_BROUGHT = re.compile(
    r"([a-z][a-z0-9-]{0,31})(?:\+(.*))?"
)  # by another package: its name, and an address if it has one


@dataclass(frozen=True, slots=True)
class EngineAt:
    """What `engine` says; without an address where the engine needs none."""

    kind: Kind
    address: str = ""
    name: str = ""
    """Of an engine that another package brings along."""

    def __str__(self) -> str:
        """Return it as the fleet file has it."""
        if not self.address:
            return self.called
        return self.address if self.kind is Kind.OPENAI else f"{self.called}+{self.address}"

    @property
    def called(self) -> str:
        """What people know it by."""
        return self.name or self.kind.value


def read_engine(text: str) -> EngineAt:
    """Return what `text` says.

    >>> read_engine("ollama+http://10.0.0.5:11434")
    EngineAt(kind=<Kind.OLLAMA: 'ollama'>, address='http://10.0.0.5:11434')

    Raises:
        ValueError: it names no engine.
    """
    if text in (Kind.LLAMACPP, Kind.FAKE):
        return EngineAt(Kind(text))
    kind = next((kind for kind in PREFIXED if text.startswith(f"{kind.value}+")), Kind.OPENAI)
    address = text if kind is Kind.OPENAI else text.removeprefix(f"{kind.value}+")
    if kind is Kind.OPENAI and (brought := _brought(text)):
        return brought
    if not is_address(address):
        prefixes = ", ".join(f"{kind.value}+" for kind in PREFIXED)
        raise ValueError(
            f'wanted "{Kind.LLAMACPP}", "{Kind.FAKE}" or the address of a server such as http://10.0.0.5:1234, '
            f"with {prefixes} before it where it is one of those"
        )
    return EngineAt(kind, address)


def _brought(text: str) -> EngineAt | None:
    """Return the engine of another package that `text` names; None where it names none.

    One at an address is wanted where its host's agent runs, not wherever the file is read; a name alone might be any
    word, so it must be installed here.
    """
    found = _BROUGHT.fullmatch(text)
    if found is None or found[1] in set(Kind) or (found[2] is not None and not is_address(found[2])):
        return None
    if found[1] not in brought(ENGINES) and (found[2] is None or closest(found[1], [kind.value for kind in Kind])):
        return None
    return EngineAt(Kind.PACKAGE, found[2] or "", found[1])


def is_address(text: str) -> bool:
    """Return whether `text` is the address of a server."""
    try:
        address = urlsplit(text)
        return address.scheme in SCHEMES and bool(address.hostname) and address.port != 0
    except ValueError:  # a port that is none, a bracket that does not close
        return False
