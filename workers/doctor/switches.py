"""What an inference server must leave to us: who is in memory, and when. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from workers.doctor.findings import Finding, Level
from workers.doctor.listings import Kind, Server

CHECK = "engines"
#: What is kept for longer was meant to be kept for ever: Ollama writes that as a date centuries away.
KEPT_FOR_EVER = timedelta(days=365)
LM_STUDIO_SETTINGS = "in LM Studio under Developer → Server Settings"


def judge(server: Server, now: datetime, *, managed: bool = False) -> Iterator[Finding]:
    """Yield the switches of `server` that stand otherwise than we need them, and those that it does not tell.

    `managed`: we load and unload its models ourselves, and say so with every request.
    """
    keeps = server.unloads_at is not None and server.unloads_at - now >= KEPT_FOR_EVER
    match server.kind:
        case Kind.LM_STUDIO if server.loads_by_itself is not False or not managed:
            yield _lm_studio(server)
        case Kind.OLLAMA if not (keeps or managed):
            yield _ollama(server)
        case Kind.LLAMACPP_ROUTER if server.loads_by_itself:
            what = f"llama-server at {server.url} loads and unloads models by itself"
            yield Finding(CHECK, Level.WARNING, what, "start it with --no-models-autoload, and load the models you use")


def _lm_studio(server: Server) -> Finding:
    if server.loads_by_itself:
        what = f"LM Studio at {server.url} loads whatever model is asked for (JIT), and by default drops the one before"
        step = (
            f"{LM_STUDIO_SETTINGS}, turn off “Only Keep Last JIT Loaded Model” (Auto-Evict); "
            "then load the models you use yourself: what JIT loaded is dropped after an hour idle"
        )
        return Finding(CHECK, Level.WARNING, what, step)
    if server.loads_by_itself is None:
        what = f"LM Studio at {server.url} does not tell whether it would drop a model for another"
        step = f"{LM_STUDIO_SETTINGS}, see that “Only Keep Last JIT Loaded Model” (Auto-Evict) is off"
        return Finding(CHECK, Level.NOTE, what, step)
    what = f"LM Studio at {server.url} loads nothing by itself (JIT is off): what is not in memory cannot answer"
    return Finding(CHECK, Level.NOTE, what, "load the models you use there, in its window or with `lms load`")


def _ollama(server: Server) -> Finding:
    what = f"Ollama at {server.url} takes a model out of memory after some minutes without a question"
    return Finding(CHECK, Level.NOTE, what, "start it with OLLAMA_KEEP_ALIVE=-1, unless the memory is wanted elsewhere")
