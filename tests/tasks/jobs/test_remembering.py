from __future__ import annotations

import threading

from tasks.contracts.errors import StoreUnavailable
from tasks.jobs import fleet_moves, remembering
from tests.tasks.jobs.flock import Flock


class Redis:
    """A ledger that is away for the first calls, and then notes which signs were given."""

    def __init__(self, ending: threading.Event, away: int, until: int) -> None:
        self._ending, self._away, self._until = ending, away, until
        self.said: list[tuple[str | int, ...]] = []

    def run(self, move):
        if self._away:
            self._away -= 1
            raise StoreUnavailable("away", next_step="wait")
        self.said.append(move.args)
        if len(self.said) == self._until:
            self._ending.set()
        return move.read(1)


def test_where_nobody_remembers_no_question_waits(flock: Flock) -> None:
    flock.remembers = False
    job = flock.submit("what do I like?", recall=True)
    view = flock.view(job)
    assert (view.state.value, view.flags, flock.bells("recall"), flock.bells()) == ("queued", ("no memory",), 0, 1)
    assert "nobody remembers" in {mark.why for mark in view.marks}


def test_a_sign_is_for_a_while(flock: Flock) -> None:
    assert not flock.store.run(remembering.somebody())
    flock.store.run(remembering.is_up())
    assert flock.store.run(remembering.somebody())
    assert 0 < flock.client.pttl(f"rookery:pocket:{remembering.SIGN}") <= remembering.LIFE_S * 1000
    flock.store.run(remembering.has_left())
    assert not flock.store.run(remembering.somebody())


def test_the_next_turn_of_a_session_looks_for_itself(flock: Flock) -> None:
    host = flock.host()
    flock.submit(session="s")
    following = flock.submit(session="s", recall=True)
    flock.store.run(remembering.has_left())
    flock.serve(host)
    assert (flock.state(following), flock.view(following).flags) == ("queued", ("no memory",))


def test_it_is_said_until_the_end_and_then_taken_back_whether_or_not_redis_was_there(monkeypatch) -> None:
    monkeypatch.setattr(remembering, "EVERY_S", 0.0)
    ending = threading.Event()
    redis = Redis(ending, away=2, until=3)
    remembering.keep_saying(redis, ending)  # type: ignore[arg-type]
    assert redis.said == [remembering.is_up().args] * 3 + [remembering.has_left().args]


def test_a_flock_that_sleeps_misses_nobody(flock: Flock) -> None:
    assert not remembering.is_missed(flock.store.run(fleet_moves.status()), somebody_is_up=False)
    flock.host()
    seen = flock.store.run(fleet_moves.status())
    assert remembering.is_missed(seen, somebody_is_up=False)
    assert not remembering.is_missed(seen, somebody_is_up=True)
