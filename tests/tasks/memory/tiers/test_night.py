"""Who looks through the memories: once a night, a moment at a time, one process in the flock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.contracts.clock import SystemClock
from tasks.contracts.errors import MemoryUnavailable
from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import JobState
from tasks.contracts.queues import MEMORY
from tasks.jobs import moves
from tasks.jobs.forgetting import Tombstones
from tasks.memory.tiers import night, steps
from tasks.memory.tiers.channels import source_of
from tasks.memory.tiers.digests import EXTRACT, SUMMARY
from tasks.memory.tiers.night import LEASE_MS, OFFICE, Tidier
from tasks.memory.values import Kind, Memory, Tier, Whole
from tests.tasks.memory.conftest import Directions, keep
from tests.tasks.memory.hall import Hall
from tests.tasks.memory.tiers.people import FIRST_MS, exchanges, reply, turn
from tests.tasks.memory.tiers.test_asking import fleet

DAY_MS = 86_400_000
SAID = [*exchanges(3), turn(90, "lol")]


class Nights:
    """A hall, who looks through its memories, and the time in a test's hands."""

    def __init__(self, hall: Hall, flock: Fleet) -> None:
        self.hall, self.flock = hall, flock
        self.at(0)
        self.tidier = self.anew()

    def anew(self, **how: Any) -> Tidier:
        """Return who looks through them, as in another process."""
        return Tidier(
            self.hall.flock.store,
            self.hall.opened,
            Directions(),
            lambda: self.flock,
            self.hall.ending,
            now_ms=lambda: self.now_ms,
            **how,
        )

    def at(self, day: int, hour: int = 2) -> None:
        """Let it be that hour of that day."""
        self.now_ms = FIRST_MS + day * DAY_MS + hour * 3_600_000 + 60_000

    def live(self, which: str = "") -> None:
        """Look through them until nothing is left."""
        while self.tidier.tidy(which):
            which = ""

    def tiers(self) -> list[Tier]:
        """Return of which tiers the memories are."""
        return [memory.tier for memory in self.hall.remembered()]


@pytest.fixture
def nights(hall: Hall) -> Iterator[Nights]:
    keep(hall.store, *SAID)
    made = Nights(hall, fleet(summaries="extracts"))
    made.live()  # what was due when nothing was there yet
    return made


# ---------------------------------------------------------------- when
def test_a_night_passes_once(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.at(2)
    nights.live()
    assert nights.tiers() == [Tier.WORKING]
    monkeypatch.setattr(steps, "day_by_day", None)  # which would say so if it were called again
    nights.at(2, hour=23)
    assert not nights.tidier.tidy()


def test_before_two_it_is_not_night_and_after_a_night_that_was_missed_it_is_made_up_for(nights: Nights) -> None:
    nights.at(1)
    nights.live()
    nights.at(2, hour=1)
    nights.live()
    assert Tier.WORKING not in nights.tiers()
    nights.at(2, hour=9)
    nights.live()
    assert nights.tiers() == [Tier.WORKING]


def test_on_sundays_what_is_known_for_long_is_made(nights: Nights) -> None:
    for day in range(2, 7):
        nights.at(day)
        nights.live()
    assert nights.tiers() == [Tier.WORKING]
    nights.at(7)
    assert datetime.fromtimestamp(nights.now_ms / 1000, UTC).strftime("%A") == "Sunday"
    nights.live()
    assert nights.tiers() == [Tier.LONG]


def test_who_asks_need_not_wait_for_the_night(nights: Nights) -> None:
    nights.at(2)
    nights.live()
    nights.at(2, hour=20)
    nights.live("week")
    assert nights.tiers() == [Tier.LONG]
    nights.at(2, hour=21)
    keep(nights.hall.store, turn(5, "lol", 2))
    nights.live("day")
    assert nights.tiers() == [Tier.LONG]


# ---------------------------------------------------------------- a moment at a time, one at a time
def test_a_long_night_is_many_moments(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night, "WORKS_S", 0.0)
    nights.at(2)
    moments = 1
    while nights.tidier.tidy():
        moments += 1
    assert moments > 3
    assert nights.tiers() == [Tier.WORKING]


def test_whoever_takes_over_begins_the_night_again(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night, "WORKS_S", 0.0)
    nights.at(2)
    assert nights.tidier.tidy()
    nights.hall.flock.client.delete(nights.hall.flock.store.key("lead", OFFICE))
    second = nights.anew()
    while second.tidy():
        assert not nights.tidier.tidy()
    assert nights.tiers() == [Tier.WORKING]


def test_while_another_process_is_at_it_nothing_is_done(nights: Nights) -> None:
    nights.hall.flock.client.delete(nights.hall.flock.store.key("lead", OFFICE))
    assert nights.hall.flock.store.run(moves.lead(OFFICE, "another", LEASE_MS))
    nights.at(2)
    assert not nights.tidier.tidy()
    assert Tier.WORKING not in nights.tiers()


def test_who_remembers_at_the_same_time_is_not_held_up(nights: Nights) -> None:
    alone = threading.Lock()
    second = nights.anew(alone=alone)
    nights.at(2)
    with alone:
        assert not second.tidy()
        second.noted("no such job", [])  # its bell is rung again
    assert Tier.WORKING not in nights.tiers()


def test_a_worker_that_is_to_end_ends(nights: Nights) -> None:
    nights.at(2)
    nights.hall.ending.set()
    assert not nights.tidier.tidy()
    nights.hall.ending.clear()
    nights.live()
    assert nights.tiers() == [Tier.WORKING]


def test_a_store_that_fails_in_the_night_is_looked_through_the_next_time(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_any: object) -> None:
        raise MemoryUnavailable("away")

    nights.at(2)
    with monkeypatch.context() as patched:
        patched.setattr(nights.hall.store, "amend", away)
        with pytest.raises(MemoryUnavailable):
            nights.live()
    nights.live()
    assert nights.tiers() == [Tier.WORKING]
    assert [memory.status for memory in nights.hall.remembered()] == [""]


def test_it_can_be_told_what_is_in_them(nights: Nights) -> None:
    keep(nights.hall.store, turn(5, "ok", 9), turn(6, "I like tea", 9), turn(7, "I like tea", 9))
    found = nights.tidier.audit()
    assert (found.memories, found.duplicates, found.junk) == (10, 1, 3)


def test_without_a_clock_of_its_own_it_goes_by_that_of_redis(hall: Hall) -> None:
    made = Tidier(hall.flock.store, hall.opened, Directions(), Fleet, hall.ending, clock=SystemClock())
    keep(hall.store, *SAID)
    while made.tidy():
        pass
    assert hall.remembered() == []  # it was said in 2024, was not important, and has had its time


# ---------------------------------------------------------------- by a model
@pytest.fixture
def modelled(hall: Hall) -> Nights:
    made = Nights(hall, fleet())
    made.live()
    hall.host = hall.flock.host("nest", "crow")
    keep(hall.store, *exchanges(3), *[turn(9, "It rains a lot in Ghent"), reply(9, "So it does.")])
    made.at(2)
    made.live()
    return made


def answered(nights: Nights, text: str, *, hand_back: bool = False) -> tuple[str, tuple[str, ...]]:
    """Have the host answer, and return what the continuation is told."""
    claim = nights.hall.flock.take(nights.hall.host, model="crow")
    if hand_back:
        nights.hall.flock.give_back(claim, "rejected")
    else:
        nights.hall.flock.finish(claim, text)
    assert claim.request.then is not None
    assert nights.hall.flock.hear(MEMORY)
    return claim.job, claim.request.then.args


SUMMED = "Ann: paid 7, 8 and 9 to Bob\nAnn: it rains in Ghent"


def test_a_model_sums_up_and_the_turns_stay_until_it_has(modelled: Nights) -> None:
    assert modelled.tiers() == [Tier.SHORT] * 8
    job, ids = answered(modelled, SUMMED)
    assert modelled.tiers() == [Tier.SHORT] * 8
    modelled.tidier.noted(job, ids)
    [made] = modelled.hall.remembered()
    assert (made.text, made.tags, set(made.sources)) == (SUMMED, (SUMMARY,), set(ids))
    assert modelled.hall.flock.state(job) == JobState.DELIVERED
    modelled.tidier.noted(job, ids)  # a bell that was rung twice
    assert modelled.hall.remembered() == [made]


def test_a_model_that_lost_too_much_is_refused_and_peoples_own_words_stand(modelled: Nights) -> None:
    modelled.tidier.noted(*answered(modelled, "They talked about money."))
    [made] = modelled.hall.remembered()
    assert made.tags == (EXTRACT,)
    assert "Ann: I paid 8 to Bob" in made.text


def test_a_model_that_fails_changes_nothing_and_is_asked_again_the_next_night(modelled: Nights) -> None:
    job, ids = answered(modelled, "", hand_back=True)
    modelled.tidier.noted(job, ids)
    assert modelled.tiers() == [Tier.SHORT] * 8
    assert modelled.hall.flock.state(job) == JobState.DELIVERED
    modelled.at(3)
    modelled.live()
    again, ids = answered(modelled, SUMMED)
    assert again != job
    modelled.tidier.noted(again, ids)
    assert modelled.tiers() == [Tier.WORKING]


def test_the_same_night_again_asks_nobody_twice(modelled: Nights) -> None:
    modelled.live("day")
    assert modelled.hall.flock.claim(modelled.hall.host, model="crow") is not None
    assert modelled.hall.flock.claim(modelled.hall.host, model="crow") is None


def test_after_three_nights_without_an_answer_peoples_own_words_do(modelled: Nights) -> None:
    modelled.at(4)
    modelled.live()
    assert modelled.tiers() == [Tier.SHORT] * 8
    modelled.at(5)
    modelled.live()
    assert modelled.tiers() == [Tier.WORKING]
    job, ids = answered(modelled, SUMMED)  # and what comes late finds nothing to do
    modelled.tidier.noted(job, ids)
    assert [memory.tags for memory in modelled.hall.remembered()] == [(EXTRACT,)]


def test_what_was_forgotten_meanwhile_is_in_no_summary(modelled: Nights) -> None:
    job, ids = answered(modelled, SUMMED)
    modelled.hall.store.delete(Whole(), ids=[ids[0]])
    modelled.tidier.noted(job, ids)
    assert modelled.tiers() == [Tier.SHORT] * 7


# ---------------------------------------------------------------- a channel
def summary_job(nights: Nights, model: str) -> str:
    job = nights.hall.flock.submit("sum this up", model=model, persona="wren", recall=False)
    nights.hall.host = nights.hall.flock.host("nest", model)
    nights.hall.flock.finish(nights.hall.flock.take(nights.hall.host, model=model), "They ship on Friday.")
    return job


def of_channel(nights: Nights) -> list[Memory]:
    return [memory for memory in nights.hall.remembered() if memory.tenant == "api:c"]


def test_a_channel_that_was_summed_up_is_kept_with_its_sources_once(nights: Nights) -> None:
    job = summary_job(nights, "crow")
    for _ in range(2):
        nights.tidier.summarized(job, "api:c", ["m1", "m2"])
    [made] = of_channel(nights)
    assert (made.text, made.kind, made.tags, len(made.sources)) == ("They ship on Friday.", Kind.DIGEST, (SUMMARY,), 2)


def test_the_demo_models_words_are_none_so_what_was_said_stands_in(nights: Nights) -> None:
    job = summary_job(nights, "demo")
    nights.tidier.summarized(job, "api:c", ["j1"])
    assert of_channel(nights) == []
    keep(nights.hall.store, turn(1, "We ship 40 boxes.", tenant="api:c", channel="api:c", direct=False))
    nights.tidier.summarized(job, "api:c", ["j1"])
    [made] = [memory for memory in of_channel(nights) if memory.kind is Kind.DIGEST]
    assert (made.text, made.tags) == ("Ann: We ship 40 boxes.", (EXTRACT,))


def test_of_what_was_forgotten_meanwhile_no_summary_is_kept(nights: Nights) -> None:
    job = summary_job(nights, "crow")
    Tombstones(nights.hall.flock.store).bury([source_of("api:c", "m2")], nights.now_ms)
    nights.tidier.summarized(job, "api:c", ["m1", "m2"])
    assert of_channel(nights) == []
    assert nights.hall.flock.state(job) == JobState.DELIVERED
