"""What is done while a reader waits. How an answer is read stands in the tests of the engines."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import TypeVar

import pytest

from tasks.contracts.errors import EngineStalled, ModelLoadFailed
from tasks.services import Patience, Piece
from workers.engines.streaming import meanwhile

PATIENT = Patience(total_s=60)
T = TypeVar("T")


def exhausted(steps: Generator[Piece, None, T]) -> tuple[list[Piece], T]:
    """Return what a generator yielded and what it returned."""
    yielded = []
    while True:
        try:
            yielded.append(next(steps))
        except StopIteration as end:
            return yielded, end.value


def test_who_waits_is_woken_until_it_is_done_and_gets_what_came_of_it() -> None:
    goes_on = threading.Event()

    def act() -> str:
        goes_on.wait(60)
        return "done"

    steps = meanwhile(act, PATIENT)
    assert [next(steps) for _ in range(3)] == [Piece()] * 3
    goes_on.set()
    yielded, returned = exhausted(steps)
    assert returned == "done"
    assert set(yielded) <= {Piece()}


def test_a_failure_is_that_of_what_was_done() -> None:
    def act() -> None:
        raise ModelLoadFailed("no such file")

    with pytest.raises(ModelLoadFailed, match="no such file"):
        exhausted(meanwhile(act, PATIENT))


def test_nobody_waits_for_longer_than_the_patience() -> None:
    never = threading.Event()
    with pytest.raises(EngineStalled):
        exhausted(meanwhile(lambda: never.wait(60), Patience(total_s=0.1)))
    never.set()
