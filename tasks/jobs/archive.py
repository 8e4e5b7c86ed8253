"""What leaves Redis for the transcript: a stream of all that has ended, and the way back into a session's window.

The move that ends a job puts the exchange into the stream, in the same call. Whoever keeps the transcript takes an
entry away once it is written down for good, so that what is in the stream is what is owed to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from tasks.contracts.messages import Turn
from tasks.jobs.durations import age
from tasks.jobs.store import Store, translated
from tasks.jobs.values import MS, Move

GROUP = "transcript"
WHO = "archiver"  # there may be several at work: what is written down twice is there once
ADVICE = "look whether `rookery run upkeep` and `rookery run beat` are at work, and into their logs"
LATE_S = 120.0  # the oldest entry is older: nobody archives, or not fast enough


@dataclass(frozen=True)
class Entry:
    """One thing to keep: a job that has ended, feedback, a session that was forgotten or begun anew."""

    entry: str
    kind: str
    fields: dict[str, str]

    @property
    def at_ms(self) -> int:
        """When it happened, by Redis time."""
        return int(self.entry.partition("-")[0])


@dataclass(frozen=True)
class Owed:
    """What is not archived yet."""

    entries: int
    oldest_s: float
    """For how long the oldest has waited."""

    @property
    def late(self) -> bool:
        """Whether that is a reason to look after whoever archives."""
        return self.entries > 0 and self.oldest_s > LATE_S


@dataclass(frozen=True)
class Refill:
    """A job that waits for what was said before in its session."""

    job: str
    fence: int
    session: str
    turns: int
    """The most that its window takes."""


def owed() -> Move[Owed]:
    """Return how much waits to be archived."""
    return Move("owed", (), lambda answer: Owed(answer[0], answer[1] / MS), rings=False)


def told(owed: Owed) -> str:
    """Return in words what is owed.

    >>> told(Owed(3, 200.0))
    'the archive is behind: 3 to write down, the oldest for 3 min 20 s'
    """
    return f"the archive is behind: {owed.entries:,} to write down, the oldest for {age(int(owed.oldest_s * MS))}"


def take_refill() -> Move[Refill | None]:
    """Take the job that has waited longest for what was said before in its session."""
    return Move("take_refill", (), lambda answer: Refill(*answer) if answer else None, rings=False)


def refilled(refill: Refill, turns: Sequence[Turn]) -> Move[bool]:
    """Give a session its window back; False when the job has gone on without it."""
    said = (turn.model_dump_json() for turn in turns)
    return Move("refilled", (refill.job, refill.fence, *said), lambda answer: bool(answer == "refilled"))


class ArchiveStream:
    """What is owed to the transcript, read by whoever keeps it.

    All of it works in a Redis that is full: there it makes room. The group alone is made before that.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._stream = store, store.key("archive")

    def open(self) -> None:
        """Be ready to read. Idempotent."""
        with translated():
            try:
                self._store.client.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
            except ResponseError as exc:
                if "BUSYGROUP" not in str(exc):
                    raise

    def unfinished(self, at_most: int) -> list[Entry]:
        """Return what was read before and is still owed: whoever read it died, or could not write it down."""
        return self._read("0", at_most)

    def fresh(self, at_most: int) -> list[Entry]:
        """Return what nobody has read yet."""
        return self._read(">", at_most)

    def back_from(self, until_ms: int, at_once: int = 100) -> Iterator[Entry]:
        """Yield what is owed of what happened until then, the latest first; it stays owed, and anybody may ask."""
        until: str | int = until_ms
        while True:
            with translated():
                found = self._store.client.xrevrange(self._stream, until, "-", count=at_once)
            for entry, fields in found:
                yield Entry(entry, fields.get("kind", ""), fields)
            if len(found) < at_once:
                return
            until = f"({found[-1][0]}"

    def archived(self, entries: Sequence[Entry]) -> None:
        """Take away what is written down for good."""
        ids = [entry.entry for entry in entries]
        # No transaction: a full Redis refuses those. In this order, what is left half done is read again, as nothing.
        with translated(), self._store.client.pipeline(transaction=False) as pipe:
            pipe.xdel(self._stream, *ids)
            pipe.xack(self._stream, GROUP, *ids)
            pipe.execute()

    def _read(self, after: str, at_most: int) -> list[Entry]:
        with translated():
            try:
                answer = self._store.client.xreadgroup(GROUP, WHO, {self._stream: after}, count=at_most)
            except ResponseError as exc:
                if "NOGROUP" not in str(exc):
                    raise
                self.open()  # at the first time, and where Redis has forgotten everything
                return []
        return [Entry(entry, fields.get("kind", ""), fields) for entry, fields in _flat(answer)]


def _flat(answer: Any) -> list[tuple[str, dict[str, str]]]:
    """Return the entries of RESP2's list and RESP3's mapping alike; what was taken away meanwhile has no fields."""
    if isinstance(answer, dict):
        batches = [batch for of_stream in answer.values() for batch in of_stream]
    else:
        batches = [batch for _stream, batch in answer or ()]
    return [(entry, fields or {}) for batch in batches for entry, fields in batch]
