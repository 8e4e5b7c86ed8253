"""Asks an engine for one token. Nothing less tells that it works: health endpoints answer beside a wedged model."""

from __future__ import annotations

import time

from tasks.contracts.errors import EngineRejected
from tasks.contracts.messages import Sampling, Turn
from tasks.services import Chat, Engine, Patience

PROBE_S = 10.0
WORD = "Hi"
QUESTION = (Turn(role="user", text=WORD),)
ONE_TOKEN = Sampling(max_tokens=1, temperature=0.0)


def probe(engine: Engine, model: str, total_s: float = PROBE_S) -> float:
    """Return the seconds that `model` took for one token; or for one vector, where it does not talk.

    Raises:
        EngineError, EngineRejected, WrongModel: it does not work.
    """
    began_s = time.monotonic()
    patience = Patience(total_s, no_progress_s=total_s)
    try:
        for _ in engine.chat_stream(Chat(model, QUESTION, ONE_TOKEN), patience):
            pass
    except EngineRejected as refusal:
        try:
            for _ in engine.embed(model, (WORD,), patience):
                pass
        except EngineRejected:
            raise refusal from None
    return time.monotonic() - began_s
