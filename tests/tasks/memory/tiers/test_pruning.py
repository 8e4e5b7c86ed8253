"""What has had its time, and what never was worth any."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.contracts.fleet import Fleet
from tasks.contracts.sections import Memory as Memories
from tasks.memory.rendering import rendered
from tasks.memory.tiers.pruning import KEPT_DAYS, is_junk, may_be_pruned
from tasks.memory.values import Found, Kind, Memory, Tier, Whole
from tasks.memory.weighing import DAY_MS, raised
from tests.tasks.memory.conftest import keep
from tests.tasks.memory.hall import Hall
from tests.tasks.memory.tiers.nights import Nights
from tests.tasks.memory.tiers.people import FIRST_MS, turn

LONG = replace(turn(1, "Ann: the boiler is loud"), kind=Kind.DIGEST, tier=Tier.LONG, at_ms=FIRST_MS)


def after(days: float) -> int:
    return FIRST_MS + int(days * DAY_MS)


@pytest.mark.parametrize(("importance", "goes"), [(0.0, True), (0.5, True), (0.51, False), (1.0, False)])
def test_after_ninety_days_only_what_is_important_stays(importance: float, goes: bool) -> None:
    memory = replace(LONG, importance=importance)
    assert may_be_pruned(memory, after(KEPT_DAYS + 0.01)) is goes
    assert not may_be_pruned(memory, after(KEPT_DAYS))


def test_what_is_of_use_stays_what_is_pinned_or_to_be_done_does_too() -> None:
    used = replace(LONG, importance=0.45)
    for day in range(5):
        used = raised(used, after(80 + day))
    for memory in (used, replace(LONG, pinned=True), replace(LONG, kind=Kind.TASK)):
        assert not may_be_pruned(memory, after(91))


def test_what_is_no_longer_so_goes_however_important() -> None:
    assert may_be_pruned(replace(LONG, importance=1.0, superseded_by="x"), after(91))


def test_small_talk_goes_after_an_hour_unless_it_was_of_use_or_is_pinned() -> None:
    lol = turn(0, "lol")
    assert is_junk(lol, after(1))
    for memory, now_ms in (
        (lol, lol.at_ms + 60_000),
        (replace(lol, recalls=1), after(1)),
        (replace(lol, pinned=True), after(1)),
        (replace(lol, kind=Kind.FACT), after(1)),
        (turn(0, "My dog is called Rex"), after(1)),
    ):
        assert not is_junk(memory, now_ms)


def test_what_was_recalled_is_junk_at_once_and_a_list_of_ones_own_is_not() -> None:
    told = rendered([Found(turn(1, "I like tea"), 1.0), Found(turn(2, "and cake", 3), 1.0)], after(20), 400)
    assert is_junk(turn(0, told), FIRST_MS)
    assert not is_junk(Memory("s", "t", "1", "1. [today] buy milk: two", FIRST_MS), FIRST_MS)


def test_what_was_pruned_does_not_come_back_by_itself_and_after_a_store_begins_anew_the_next_night_lets_it_go(
    hall: Hall,
) -> None:
    nights = Nights(hall, Fleet(memory=Memories(summaries="extracts")))
    hall.tell("the boiler is a bit loud today", reply="So it is.")
    assert len(hall.remember()) == 2
    now_ms = hall.remembered()[0].at_ms + 91 * DAY_MS
    nights.now_ms = now_ms
    nights.live()
    assert hall.remembered() == []
    keep(hall.store, turn(1, "the key lies under the mat", kind=Kind.FACT))
    hall.ingester = hall.anew()
    hall.tell("and now we have tea", reply="Yes, tea.")
    assert "the boiler is a bit loud today" not in [
        one.text for one in hall.remember()
    ]  # its neighbour, looked at again
    hall.store.delete(Whole())
    hall.ingester = hall.anew()
    assert "the boiler is a bit loud today" in [one.text for one in hall.remember()]  # the transcript knows no pruning
    nights.now_ms = now_ms + DAY_MS
    nights.live()
    assert not [one for one in hall.remembered() if "boiler" in one.text]
