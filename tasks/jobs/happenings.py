"""What hosts did: models that came and went, hosts that did, breakers, words. The ledger keeps the last of it.

It is for whoever looks at the flock. Nothing is decided by it, and what is older than some thousand entries is gone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tasks.contracts.masking import mask
from tasks.contracts.shortening import shortened
from tasks.jobs import record
from tasks.jobs.durations import age
from tasks.jobs.values import Move

MIB_PER_GIB = 1024
MAX_WHY_CHARS = 200
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+]*://[^\s'\"()]+", re.IGNORECASE)


class Kind(StrEnum):
    """What happened; the values are the ledger's words, or what became of them."""

    LOADING = "loading"
    LOADED = "loaded"
    LOAD_FAILED = "load_failed"
    READY = "ready"
    """It answers with a model that nobody saw it load: it was there, or came in at the start."""
    EVICTED = "evicted"
    KEPT = "kept"
    """It was to go, and stays."""
    JOINED = "joined"
    LEFT = "left"
    LOST = "lost"
    """Nothing was heard of the host for longer than its beats may be late."""
    BACK = "back"
    BREAKER_OPEN = "breaker_open"
    PROBATION = "probation"
    MENDED = "mended"
    PAUSED = "pause"
    DRAINING = "drain"
    RESUMED = "run"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened."""

    id: str
    """Grows with time; `order` compares."""
    kind: Kind
    host: str
    model: str = ""
    """By its slug; empty where it is about the host itself."""
    took_s: float | None = None
    gib: float | None = None
    for_model: str = ""
    """Whom an eviction made room for."""
    why: str = ""

    @property
    def at_ms(self) -> int:
        """When it was, by the clock of Redis."""
        return self.order[0]

    @property
    def order(self) -> tuple[int, int]:
        """Return its place among all others."""
        return order_of(self.id)


def latest(at_most: int, before: str = "") -> Move[tuple[Happening, ...]]:
    """Read what happened, the latest first: all of it, or what was before an entry."""
    return Move("timeline", (before, at_most, ""), happenings, rings=False)


def since(after: str, at_most: int) -> Move[tuple[Happening, ...]]:
    """Read what happened after an entry, in order."""
    return Move("timeline", ("", at_most, after), happenings, rings=False)


def heard(text: str) -> Happening | None:
    """Return what a message on the channel `happened` tells; None: only a newer version understands it."""
    try:
        return next(iter(happenings([json.loads(text)])), None)
    except (ValueError, KeyError, TypeError):
        return None


def order_of(entry: str) -> tuple[int, int]:
    """Return what tells which of two entries was first; their ids as texts do not.

    >>> order_of("7-10") > order_of("7-9") > order_of("")
    True
    """
    ms, _, number = entry.partition("-")
    return int(ms or 0), int(number or 0)


def happenings(answer: Iterable[Any]) -> tuple[Happening, ...]:
    """Return the entries of an answer; a kind that a newer version wrote is left out."""
    told = ((entry, record.paired(fields)) for entry, fields in answer)
    return tuple(_happening(entry, fields) for entry, fields in told if fields["kind"] in set(Kind))


def _happening(entry: str, fields: dict[str, str]) -> Happening:
    took_ms, mib = float(fields.get("ms") or 0), float(fields.get("mib") or 0)
    return Happening(
        id=entry,
        kind=Kind(fields["kind"]),
        host=fields["host"],
        model=fields["model"],
        took_s=took_ms / 1000 if took_ms else None,
        gib=round(mib / MIB_PER_GIB, 2) if mib else None,
        for_model=fields.get("for", ""),
        why=without_address(fields.get("why", "")),
    )


def without_address(text: str) -> str:
    """Return words of an engine without secrets and without where it is, and not too many of them.

    >>> without_address("http://10.0.0.7:1234/v1 did not answer: timed out")
    'its server did not answer: timed out'
    """
    return shortened(_ADDRESS.sub("its server", mask(text)), MAX_WHY_CHARS)


def words(said: Happening) -> str:
    """Return all of it as a sentence without its host.

    >>> words(Happening("1-0", Kind.LOADED, "attic", "crow", took_s=4.2, gib=3.1))
    'loaded crow in 4.2 s, 3.1 GiB'
    """
    return _WORDS[said.kind].format(model=said.model) + _more(said)


def _more(said: Happening) -> str:
    parts = [f" to make room for {said.for_model}"] if said.for_model else []
    parts += [f" in {age(round(said.took_s * 1000))}"] if said.took_s is not None else []
    parts += [f", {said.gib:.1f} GiB"] if said.gib is not None else []
    parts += [f": {said.why}"] if said.why else []
    return "".join(parts)


_WORDS = {
    Kind.LOADING: "loads {model}",
    Kind.LOADED: "loaded {model}",
    Kind.LOAD_FAILED: "could not load {model}",
    Kind.READY: "has {model} ready",
    Kind.EVICTED: "let {model} go",
    Kind.KEPT: "keeps {model} after all",
    Kind.JOINED: "came up",
    Kind.LEFT: "left",
    Kind.LOST: "fell silent",
    Kind.BACK: "is heard again",
    Kind.BREAKER_OPEN: "gets no more jobs of {model} for a while, since it fails there",
    Kind.PROBATION: "gets one job of {model} at a time, since it failed there",
    Kind.MENDED: "is trusted with {model} again",
    Kind.PAUSED: "was told to pause",
    Kind.DRAINING: "was told to drain",
    Kind.RESUMED: "was told to go on",
}
