"""How long a worker stays at the queue after an answer, and when it leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import pytest

from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import StoreUnavailable
from tasks.generation.answering import Went
from tasks.generation.shift import JOBS, LISTENS_S, STAYS_S, Bells, work
from tasks.jobs.store import Store
from tests.tasks.jobs.flock import MODEL


class Quiet(ManualClock):
    """A clock that moves only while somebody listens, and a queue where bells come at these looks."""

    def __init__(self, bells_at: Iterable[int] = ()) -> None:
        super().__init__()
        self.looks, self._bells_at = 0, set(bells_at)

    def hear(self, wait_s: float) -> bool:
        """Listen once."""
        self.looks += 1
        rang = self.looks in self._bells_at
        self.now_s += 0.0 if rang else wait_s
        return rang


def looks(*went: Went) -> tuple[list[Went], Callable[[], Went]]:
    """Return what was found so far, and what finds these one after the other."""
    found: list[Went] = []
    left = list(went)

    def look() -> Went:
        found.append(left.pop(0) if left else Went.QUIET)
        return found[-1]

    return found, look


def test_it_goes_on_at_once_while_others_wait():
    quiet, (found, look) = Quiet(), looks(Went.MORE, Went.MORE, Went.QUIET)
    work(look, quiet.hear, threading.Event(), quiet)
    assert (len(found), quiet.now_s) == (3, STAYS_S)


def test_it_answers_each_bell_that_it_hears_and_stays_on_after_it():
    quiet, (found, look) = Quiet(bells_at={2, 5}), looks()
    work(look, quiet.hear, threading.Event(), quiet)
    assert len(found) == 3, "one for Celery's bell, two for those that it heard itself"
    assert quiet.now_s == pytest.approx(STAYS_S + 3 * LISTENS_S), "the stay begins anew with each"


def test_a_worker_that_can_do_nothing_leaves_the_bells_to_others():
    quiet, (found, look) = Quiet(bells_at={1}), looks(Went.AWAY)
    work(look, quiet.hear, threading.Event(), quiet)
    assert (found, quiet.looks) == ([Went.AWAY], 0)


def test_a_worker_that_is_told_to_end_hears_nothing_more():
    ending, quiet = threading.Event(), Quiet(bells_at={3})

    def hear(wait_s: float) -> bool:
        ending.set()
        return quiet.hear(wait_s)

    found, look = looks()
    work(look, hear, ending, quiet)
    assert (len(found), quiet.looks) == (1, 1)


def test_a_bell_that_is_heard_while_the_worker_is_told_to_end_is_left_to_others(bench):
    ending, bells = threading.Event(), Bells(MODEL, bench.store)

    def hear(wait_s: float) -> bool:
        ending.set()
        return bells.hear(wait_s)

    bench.submit("hello")
    found, look = looks()
    work(look, hear, ending, leave=bells.leave)
    assert (len(found), bench.bells()) == (1, 1)
    assert bells.hear(0.01), "it is a bell like any other"


def test_it_takes_no_bell_along_when_it_leaves_at_the_bound():
    quiet, (found, look) = Quiet(bells_at=range(1, 2 * JOBS)), looks()
    work(look, quiet.hear, threading.Event(), quiet)
    assert (len(found), quiet.looks) == (JOBS, JOBS - 1)


def test_a_bell_is_heard_once_and_silence_is_no_bell(bench):
    hear = Bells(MODEL, bench.store).hear
    bench.submit("hello")
    assert [hear(0.01), hear(0.01)] == [True, False]


def test_a_redis_that_is_away_is_told_in_our_words(free_port):
    with pytest.raises(StoreUnavailable):
        Bells(MODEL, Store.open(f"redis://127.0.0.1:{free_port()}/0")).hear(0.01)
