"""Asks an engine for one token. Nothing less tells that it works: health endpoints answer beside a wedged model."""

from __future__ import annotations

import time

from tasks.contracts.messages import Sampling, Turn
from tasks.services import Chat, Engine, Patience

PROBE_S = 10.0
QUESTION = (Turn(role="user", text="Hi"),)
ONE_TOKEN = Sampling(max_tokens=1, temperature=0.0)


def probe(engine: Engine, model: str, total_s: float = PROBE_S) -> float:
    """Return the seconds that `model` took for one token.

    Raises:
        EngineError, EngineRejected, WrongModel: it does not work.
    """
    began_s = time.monotonic()
    for _ in engine.chat_stream(Chat(model, QUESTION, ONE_TOKEN), Patience(total_s, no_progress_s=total_s)):
        pass
    return time.monotonic() - began_s
