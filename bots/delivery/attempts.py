"""What is about to be posted, written down before it is: so whoever comes after a crash knows the words to look for.

They may be others by then: another worker began anew, or a notice took the place of the answer.
"""

from __future__ import annotations

import json
from typing import Any

from bots.delivery.pages import Piece
from bots.delivery.steps import Doubt, Post
from tasks.jobs import pockets
from tasks.jobs.values import MS, Move

LIFE_S = 3600.0  # as long as the words of a job are kept after its end


def begun(job: str, step: Post, now_ms: int) -> Move[bool]:
    """Remember a post that is about to be made."""
    said = {"chunk": step.piece.chunk, "kind": step.kind, "text": step.piece.text, "at_ms": now_ms}
    return pockets.put(_name(job), json.dumps(said), LIFE_S)


def over(job: str) -> Move[bool]:
    """Forget it: the id of the message is in the record."""
    return pockets.drop(_name(job))


def left(job: str) -> Move[str]:
    """Return what an earlier process was about to post; empty: nothing."""
    return pockets.get(_name(job))


def doubt_of(said: str, now_ms: int, now_s: float) -> tuple[str, Doubt]:
    """Return the chunk that may stand there, and what is known of it."""
    about: dict[str, Any] = json.loads(said)
    age_s = max(0, now_ms - about["at_ms"]) / MS
    return about["chunk"], Doubt(about["kind"], now_s - age_s, Piece(about["chunk"], about["text"]))


def _name(job: str) -> str:
    return f"trying:{job}"
