"""Looking for jobs: by state, model, session, persona, user and words, the latest first, a page at a time.

The ledger lists the last ten thousand that came in. Words are looked through while they are kept, for an hour after the
end. Each look is bounded, so a page may be short and still have a next one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tasks.contracts.jobs import JobView
from tasks.jobs import record
from tasks.jobs.fleet_record import grouped
from tasks.jobs.values import Move

LOOK_AT = 300  # jobs in one look, so that no look keeps others from Redis for long
LOOK_AT_WORDS = 100


@dataclass(frozen=True)
class Query:
    """What somebody looks for; what is empty may be anything."""

    dead: bool = False
    """Only those whose every try failed, of the last two weeks."""
    states: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    session: str = ""
    persona: str = ""
    user: str = ""
    text: str = ""
    """Stands in the question or the answer, or is a part of its id, its session or its user; in capitals or not."""
    words_of: tuple[str, ...] = ()
    """Platforms whose questions and answers `text` may stand in; empty: all. Others are not looked into at all."""

    def wanted(self) -> dict[str, Any]:
        """Return it as the ledger reads it."""
        told = {
            "states": self.states,
            "models": self.models,
            "session": self.session,
            "persona": self.persona,
            "user": self.user,
            "text": _needles(self.text),
            "quoted": _needles(json.dumps(self.text, ensure_ascii=False)[1:-1]),
            "words_of": self.words_of,
        }
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class Found:
    """One job that is as somebody wants it."""

    view: JobView
    asked: str
    """The beginning of the question; empty once that is no longer kept."""
    retried: str
    """The job that asks the same once more; empty: none."""


@dataclass(frozen=True)
class Page:
    """What one look gave."""

    found: tuple[Found, ...]
    next: str
    """Where to go on; empty: there is nothing more."""
    looked_at: int


def search(query: Query, at_most: int, before: str = "") -> Move[Page]:
    """Look for so many jobs, beginning where another look ended."""

    def read(answer: list[Any]) -> Page:
        goes_on, went, found = answer
        return Page(_found(found), goes_on, went)

    look_at = LOOK_AT_WORDS if query.text else LOOK_AT
    listed = "dead" if query.dead else "jobs"
    return Move("search", (listed, before, look_at, at_most, json.dumps(query.wanted())), read, rings=False)


def _found(flat: Iterable[Any]) -> tuple[Found, ...]:
    told = ((job, record.paired(fields), asked) for job, fields, asked in grouped(flat, 3))
    return tuple(
        Found(record.view_of(job, fields, {}), asked, fields.get("retried", "")) for job, fields, asked in told
    )


def _needles(text: str) -> list[str]:
    """Return what to look for: the words as they are, and without capitals, which is how they are compared.

    The ledger knows the capitals of A to Z alone; others are found as they are written, or written small.
    """
    return list(dict.fromkeys((text.lower(), text))) if text else []
