"""When memories are looked through: every night, and more on Sundays. Pure, but for the bell."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tasks.contracts import names
from tasks.contracts.queues import MEMORY
from tasks.jobs import bell
from tasks.jobs.store import Store, translated

MS = 1000
HOUR = 2  # at 02:00 UTC
SUNDAY = 6


class Round(StrEnum):
    """What is looked through."""

    DAY = "day"
    """Turns of days that are over become digests; what says nothing goes, and so does what had its time."""
    WEEK = "week"
    """Digests become what is known for long."""


def due_ms(which: Round, now_ms: int) -> int:
    """Return when a round was due last.

    >>> monday = int(datetime(2026, 11, 23, 1, 0, tzinfo=UTC).timestamp() * MS)
    >>> [datetime.fromtimestamp(due_ms(which, monday) / MS, UTC).isoformat() for which in Round]
    ['2026-11-22T02:00:00+00:00', '2026-11-22T02:00:00+00:00']
    """
    now = datetime.fromtimestamp(now_ms / MS, UTC)
    due = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if due > now:
        due -= timedelta(days=1)
    if which is Round.WEEK:
        due -= timedelta(days=(due.weekday() - SUNDAY) % 7)
    return int(due.timestamp() * MS)


def ask(ledger: Store, which: Round = Round.DAY) -> None:
    """Have the memory worker look through the memories as soon as it can, whatever the hour.

    Raises:
        StoreUnavailable: Redis did not answer.
    """
    name = f"{names.TIDY}-{secrets.token_hex(8)}"
    with translated():
        ledger.client.lpush(MEMORY, bell.message(names.TIDY, name, MEMORY, (which.value,)))
