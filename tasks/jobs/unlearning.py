"""What was forgotten and may still be known to adapters: kept by who forgets, until who trains has seen to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tasks.jobs.forgetting import parts
from tasks.jobs.values import Move


def forgot(jobs: Collection[str]) -> Iterator[Move[int]]:
    """Yield the moves that note jobs of which something was forgotten, or samples by id; saying it again is fine."""
    for part in parts(sorted(jobs)):
        yield Move("unlearn", ("add", *part), int, rings=False)


def pending() -> Move[frozenset[str]]:
    """Return the jobs that are still to be seen to."""
    return Move("unlearn", ("all",), frozenset, rings=False)


def done(jobs: Collection[str]) -> Iterator[Move[int]]:
    """Yield the moves that strike jobs off."""
    for part in parts(sorted(jobs)):
        yield Move("unlearn", ("done", *part), int, rings=False)
