"""Who looks through the memories: once a night, a moment at a time, one process in the flock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tasks.contracts.clock import SystemClock
from tasks.contracts.errors import MemoryUnavailable
from tasks.contracts.fleet import Fleet
from tasks.jobs import moves
from tasks.memory.agents.operations import MemoryOperations
from tasks.memory.tiers import night, steps
from tasks.memory.tiers.night import LEASE_MS, OFFICE, Tidier
from tasks.memory.values import Kind, Tier
from tests.tasks.memory.conftest import Directions, keep
from tests.tasks.memory.hall import Hall
from tests.tasks.memory.tiers.nights import Nights
from tests.tasks.memory.tiers.people import exchanges, turn
from tests.tasks.memory.tiers.test_asking import fleet

SAID = [*exchanges(3), turn(90, "lol")]


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


def test_once_a_week_what_was_deleted_leaves_the_disk_and_a_disk_without_room_repeats_no_night(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoured: list[bool] = []

    def no_room() -> bool:
        scoured.append(True)
        raise MemoryUnavailable("no room")

    monkeypatch.setattr(nights.hall.store, "scour", no_room)
    nights.at(3)
    nights.live()
    assert not scoured
    nights.at(7)
    with pytest.raises(MemoryUnavailable):
        nights.live()
    nights.live()
    assert (len(scoured), nights.tiers()) == (1, [Tier.LONG])


def test_every_night_many_memories_get_their_graph_and_one_that_cannot_be_built_repeats_no_night(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []

    def no_room() -> Iterator[None]:
        begun.append(nights.now_ms)
        yield
        raise MemoryUnavailable("no room")

    monkeypatch.setattr(nights.hall.store, "index", no_room)
    for day in (3, 4):
        nights.at(day)
        with pytest.raises(MemoryUnavailable):
            nights.live()
        nights.live()
    assert len(begun) == 2


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


def test_a_task_goes_a_day_after_its_end_unless_an_open_one_waits_for_it(nights: Nights) -> None:
    with MemoryOperations(nights.hall.opened, Directions(), now_ms=lambda: nights.now_ms) as memory:
        nights.at(10, hour=3)
        for name, first in (("done", ()), ("failed", ()), ("open", ()), ("first", ()), ("next", ["first"])):
            memory.add_working_memory(name, "cortex", "write", f"the {name} one", dependencies=first)
        for name, status in (("done", "completed"), ("failed", "failed"), ("first", "completed")):
            assert memory.update_working_memory_status(name, status)
        memory.add_working_memory("again", "cortex", "write", "one that is done and opened anew", "completed")
        memory.update_working_memory_status("again", "pending")
        nights.at(11)
        nights.live()
        assert len(memory.get_working_tasks()) == 6
        nights.at(12)
        nights.live()
        assert {task["task_id"] for task in memory.get_working_tasks()} == {"open", "first", "next", "again"}


def test_a_task_whose_end_nobody_noted_has_a_day_from_now(nights: Nights) -> None:
    keep(nights.hall.store, turn(5, "an old one", kind=Kind.TASK, tier=Tier.WORKING, status="completed"))
    for day, left in ((10, 1), (12, 0)):
        nights.at(day)
        nights.live()
        assert len([one for one in nights.hall.remembered() if one.kind is Kind.TASK]) == left


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
