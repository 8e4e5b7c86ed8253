"""What was said elsewhere, taken into a session and into the archive: once, however often it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tasks.contracts.messages import Turn, Value
from tasks.jobs.values import Move

KNOWN_S = 7 * 86_400  # for how long the ledger itself knows what it took; the transcript knows for ever
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Ingested:
    """What became of some messages."""

    fresh: int
    known: int
    """Those that were there already."""


class Notes(Value):
    """What was brought in is one person's alone, as facts that a persona is to know."""

    person: str
    persona: str


def ingest(
    name: str, session: str, window_turns: int, said: Sequence[tuple[Turn, int | None]], notes: Notes | None = None
) -> Move[Ingested]:
    """Take turns, each with when it was said (ms; None: now), into a session; `turn.job` tells what is the same.

    Where they are `notes`, nobody but that person is ever told of them.
    """
    args: list[str | int] = [name, session, window_turns, KNOWN_S, notes.model_dump_json() if notes else ""]
    for turn, at_ms in said:
        args += [turn.job, turn.model_dump_json(), "" if at_ms is None else at_ms]
    return Move("ingest", tuple(args), lambda answer: Ingested(*map(int, answer)), rings=False)


def window(session: str) -> Move[tuple[Turn, ...]]:
    """Return the turns of a session that the ledger holds, the oldest first."""

    def read(answer: list[Any]) -> tuple[Turn, ...]:
        return tuple(map(Turn.model_validate_json, answer))

    return Move("window", (session,), read, rings=False)
