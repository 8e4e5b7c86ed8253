"""From what a person writes in the fleet file to an engine."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from tasks.contracts.errors import ConfigurationError
from tasks.services import Engine
from workers.engines.fake import FakeEngine
from workers.engines.llamacpp import LlamaCppEngine
from workers.engines.openai_compat import OpenAICompatEngine

LLAMACPP = "llamacpp+"


def open_engine(
    spec: str, model_names: Mapping[str, str] | None = None, *, api_key: str = "", slots: int = 1
) -> Engine:
    """Return the engine that `spec` names.

    `fake` and `fake+scripted` need no server and have the models of `model_names`; `http://…` or `https://…` is any
    OpenAI-compatible server; `llamacpp+http://…` is one llama.cpp server with one model.

    Raises:
        ConfigurationError: it names none.
    """
    names = model_names or {}
    if spec in ("fake", "fake+scripted"):
        return FakeEngine(tuple(names) or ("fake",), slots=slots, scripted=spec != "fake")
    address = spec.removeprefix(LLAMACPP)
    _check_address(spec, address)
    if spec.startswith(LLAMACPP):
        return LlamaCppEngine(address, names, api_key=api_key)
    return OpenAICompatEngine(address, names, api_key=api_key, slots=slots)


def _check_address(spec: str, address: str) -> None:
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        good = False
    if not good:
        raise ConfigurationError(
            f"engine {spec!r} is neither 'fake' nor the address of a server",
            next_step="write it as http://HOST:PORT, llamacpp+http://HOST:PORT or fake",
        )
