"""What is done in a night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tasks.memory.importance import worth_now
from tasks.memory.stores.store import VectorStore
from tasks.memory.tiers import steps
from tasks.memory.tiers.merging import Merged, Vectors, merged
from tasks.memory.tiers.steps import day_by_day, days, everything
from tasks.memory.values import Kind, Memory, Tier, Whole
from tasks.memory.weighing import DAY_MS
from tests.tasks.memory.conftest import keep
from tests.tasks.memory.tiers.people import FIRST_MS, Home, exchanges, night, reply, turn


def hundred(day: int = 0) -> list[Memory]:
    """Return a hundred turns of a day, as people talk: facts, small talk, and answers."""
    said: list[Memory] = []
    for at in range(50):
        text = f"I paid {at} to Bob on Friday" if at % 3 else f"the garden needs water again, bed {at}"
        said += [turn(at, text, day), reply(at, f"Noted, {at}.", day)]
    return said


def test_a_hundred_turns_become_about_ten_and_every_one_of_them_is_named(store: VectorStore) -> None:
    said = hundred()
    home = Home(store, *said)
    home.live(2)
    found = home.all()
    assert 1 <= len(found) <= 15
    assert {one.tier for one in found} == {Tier.WORKING}
    assert {id_ for one in found for id_ in one.sources} == {one.id for one in said}
    assert all(0 <= one.importance <= 1 for one in found)


def test_what_was_said_yesterday_and_today_stays_word_by_word(shelf_store: VectorStore) -> None:
    home = Home(shelf_store, *exchanges(3, 0), *exchanges(3, 1, begin=10), *exchanges(3, 2, begin=20))
    home.live(2)
    assert {one.tier for one in home.all() if one.at_ms < FIRST_MS + DAY_MS} == {Tier.WORKING}
    assert [one.tier for one in home.all() if one.at_ms >= FIRST_MS + DAY_MS] == [Tier.SHORT] * 12


def test_another_night_changes_nothing(shelf_store: VectorStore) -> None:
    home = Home(
        shelf_store, *hundred(), turn(90, "lol", 0), turn(91, "I live in Rome.", 1), turn(92, "I live in Bath.", 2)
    )
    home.live(3, week=True)
    before = home.all()
    home.live(3, week=True)
    assert home.all() == before


def test_on_sundays_digests_become_what_is_known_for_long(shelf_store: VectorStore) -> None:
    said = [one for day in range(7) for one in exchanges(5, day, begin=day * 20)]
    home = Home(shelf_store, *said, turn(900, "I live in Porto.", 2))
    for day in range(2, 9):
        home.live(day, week=day == 8)
    found = [one for one in home.all() if one.tier is Tier.LONG]
    assert found
    assert Tier.WORKING not in {one.tier for one in home.all()}
    assert len(found) < 7
    assert all(one.tags and 0 < one.importance <= 1 for one in found)
    assert "home" in {one.category for one in found}
    cited = {id_ for one in found for id_ in one.sources}
    assert cited == {one.id for one in [*said, turn(900, "", 2)]}


def test_days_come_from_the_last_to_the_first_and_gaps_are_passed_over(shelf_store: VectorStore) -> None:
    said = [turn(at, f"fact {at}", day) for at, day in enumerate((-400, -37, -36, 0, 1))]
    keep(shelf_store, *said)
    assert [sorted(one.text for one in everything(shelf_store, day)) for day in days(shelf_store, night(1))] == [
        *(["fact 2"], ["fact 1"], ["fact 0"]),
        ["fact 3", "fact 4"],
    ]


def test_small_talk_goes_the_same_night_and_what_was_said_twice_is_one(shelf_store: VectorStore) -> None:
    home = Home(shelf_store, turn(1, "lol"), turn(2, "Green tea, please"), turn(3, "green tea please", 1))
    home.live(1)
    [tea] = home.all()
    assert (tea.text, tea.tier, len(tea.sources)) == ("Green tea, please", Tier.SHORT, 1)


def test_what_is_pinned_or_asked_for_stays_as_it_was_said(shelf_store: VectorStore) -> None:
    fact = turn(1, "the key lies under the mat", kind=Kind.FACT)
    pinned = turn(2, "the boiler costs 300", pinned=True)
    task = turn(3, "water the plants", kind=Kind.TASK, tier=Tier.WORKING, status="open")
    home = Home(shelf_store, fact, pinned, task)
    home.live(200, week=True)
    assert {(one.text, one.kind) for one in home.all()} == {(one.text, one.kind) for one in (fact, pinned, task)}


def test_what_is_no_longer_so_is_marked_across_tiers_and_not_deleted(shelf_store: VectorStore) -> None:
    home = Home(shelf_store, turn(1, "My favourite colour is blue"), reply(1, "Blue as the sea."))
    home.live(2)
    keep(shelf_store, turn(2, "My favourite colour is green now", 9))
    home.live(10)
    [blue] = [one for one in home.all() if "colour is blue" in one.text]
    [green] = [one for one in home.all() if "green" in one.text]
    assert blue.superseded_by == green.id
    assert not green.superseded_by


@pytest.mark.parametrize("importance", [0.4, 0.5, 0.6])
def test_after_ninety_days_only_what_is_important_stays(shelf_store: VectorStore, importance: float) -> None:
    home = Home(shelf_store, turn(1, "the boiler is loud", kind=Kind.DIGEST, tier=Tier.LONG, importance=importance))
    home.live(89)
    assert home.texts()
    home.live(91)
    assert bool(home.texts()) is (importance > 0.5)


def test_what_nobody_uses_fades_and_what_is_used_does_not() -> None:
    said = turn(1, "the boiler is loud")
    used = replace(said, recalls=3, recalled_ms=night(80))
    assert worth_now(said, night(1)) > worth_now(said, night(90))
    assert worth_now(used, night(90)) > worth_now(said, night(90))


def test_what_a_model_was_asked_for_stays_until_it_answers(shelf_store: VectorStore) -> None:
    home = Home(shelf_store, *exchanges(15))
    asked: list[int] = []

    def asks(turns: object) -> bool:
        asked.append(len(list(turns)))  # type: ignore[call-overload]
        return True

    assert sum(day_by_day(home.shelf, night(2), asks)) == 0
    assert asked == [10, 10, 10]
    assert len(home.all()) == 30


def test_pages_hold_all_of_it(shelf_store: VectorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "PAGE", 7)
    home = Home(shelf_store, *exchanges(20))
    assert len(list(steps.everything(shelf_store, steps.TURNS))) == 40
    home.live(2)
    assert len(home.all()) <= 6


# ---------------------------------------------------------------- how much at once
def test_no_step_of_a_night_takes_more_than_a_few_memories(
    shelf_store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "PAGE", 4)
    monkeypatch.setattr(steps, "AT_ONCE", 4)
    seen: list[int] = []
    monkeypatch.setattr(steps, "merged", lambda turns, vectors: seen.append(len(turns)) or merged(turns, vectors))
    home = Home(shelf_store, *exchanges(10), turn(90, "I sold the old boat"), turn(10, "I sold the old boat"))
    home.live(2, week=True)
    assert max(seen) <= 4 < sum(seen) == 22
    assert {one.tier for one in home.all()} == {Tier.LONG}
    lines = [line for one in home.all() for line in one.text.splitlines()]
    assert len(lines) == len(set(lines)) >= 11


def test_what_was_forgotten_between_two_steps_takes_nothing_along(
    shelf_store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer = turn(1, "Green tea, please"), turn(2, "green tea please")
    home = Home(shelf_store, older, newer)

    def forgotten_meanwhile(turns: Sequence[Memory], vectors: Vectors) -> list[Merged]:
        shelf_store.delete(Whole(), ids=[older.id])
        return merged(turns, vectors)

    monkeypatch.setattr(steps, "merged", forgotten_meanwhile)
    home.live(1)
    assert home.texts() == [newer.text]
