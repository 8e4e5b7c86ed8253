"""From what a person writes in the fleet file to an engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tasks.contracts import packages
from tasks.contracts.engines import EngineAt, Kind, is_address, read_engine
from tasks.contracts.errors import ConfigurationError
from tasks.services import Engine
from workers.engines.fake import FakeEngine
from workers.engines.llama_router import LlamaRouterEngine
from workers.engines.llamacpp import LlamaCppEngine
from workers.engines.lmstudio import LMStudioEngine
from workers.engines.loading import LOAD_S, LoadingEngine
from workers.engines.ollama import OllamaEngine
from workers.engines.openai_compat import CALL_S, OpenAICompatEngine
from workers.engines.vllm import VllmEngine

LLAMACPP = "llamacpp+"
FAKES = ("fake", "fake+scripted")
LOADING: dict[Kind, type[LoadingEngine]] = {
    Kind.LM_STUDIO: LMStudioEngine,
    Kind.OLLAMA: OllamaEngine,
    Kind.VLLM: VllmEngine,
    Kind.ROUTER: LlamaRouterEngine,
}


class Maker(Protocol):
    """What an entry point in the group `rookery.engines` names: it makes a client for a server, and sends nothing yet.

    `url` is what stands behind the `+` of `engine = "name+http://…"`, empty where there is none; the rest is what
    `open_engine` is told. One that cannot use a thing takes it all the same: `**_unused` will do.
    """

    def __call__(
        self,
        url: str,
        names: Mapping[str, str],
        *,
        context_tokens: Mapping[str, int],
        api_key: str,
        slots: int,
        load_s: float,
        call_s: float,
    ) -> Engine:
        """Return the engine. Raises ConfigurationError where it was not told what it needs."""
        ...


def open_engine(
    spec: str,
    model_names: Mapping[str, str] | None = None,
    *,
    context_tokens: Mapping[str, int] | None = None,
    api_key: str = "",
    slots: int = 1,
    load_s: float = LOAD_S,
    call_s: float = CALL_S,
) -> Engine:
    """Return the engine that `spec` names, as `engine` in the fleet file does; nothing is sent yet.

    `model_names` says what it calls our models, `context_tokens` how large a window each of them gets, `load_s` how
    long one may take to come into memory, `call_s` how long the server may take over what it answers from memory.
    `fake+scripted` and `llamacpp+http://…`, one llama.cpp with one model, are for our own children.

    Raises:
        ConfigurationError: it names none, or one that no installed package brings along.
    """
    names, windows = model_names or {}, context_tokens or {}
    if spec in FAKES:
        return FakeEngine(tuple(names) or ("fake",), slots=slots, scripted=spec != "fake")
    if is_address(own := spec.removeprefix(LLAMACPP)) and spec != own:
        return LlamaCppEngine(own, names, api_key=api_key, call_s=call_s)
    engine = _read(spec)
    kind, url = engine.kind, engine.address
    if kind is Kind.PACKAGE:
        made: Maker = packages.load(packages.ENGINES, engine.name, "engine")
        return made(url, names, context_tokens=windows, api_key=api_key, slots=slots, load_s=load_s, call_s=call_s)
    if kind in LOADING:
        return LOADING[kind](
            url, names, context_tokens=windows, api_key=api_key, slots=slots, load_s=load_s, call_s=call_s
        )
    return OpenAICompatEngine(url, names, api_key=api_key, slots=slots, call_s=call_s)


def _read(spec: str) -> EngineAt:
    """Return which engine it is, and where."""
    try:
        engine = read_engine(spec)
    except ValueError as exc:
        raise _none(spec, str(exc)) from exc
    if not engine.address and engine.kind is not Kind.PACKAGE:
        raise _none(spec, "a host's agent starts that itself")
    return engine


def _none(spec: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"engine {spec!r} names no server: {why}", next_step="write it as http://HOST:PORT or KIND+http://HOST:PORT"
    )
