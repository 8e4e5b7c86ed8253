"""A question finds what was said before, as far as who asks may be told; and nothing stops an answer."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.condensed import Condensed
from tasks.contracts.errors import MemoryUnavailable
from tasks.jobs import condensing
from tasks.jobs.values import Ways
from tasks.memory.recall import scope_of
from tasks.memory.tiers import steps
from tasks.memory.tiers.writing import Shelf
from tasks.memory.values import Scope
from tests.tasks.memory.conftest import Directions
from tests.tasks.memory.hall import Hall

REX = "my dog is called Rex"
WHICH_DOG = "what is my dog called?"
GUILD: dict[str, Any] = {"direct": False, "tenant": "discord:g", "channel": "discord:7", "user": "discord:5"}


# ---------------------------------------------------------------- what is found
def test_what_was_told_in_one_session_is_recalled_in_another(hall: Hall) -> None:
    hall.tell(REX)
    hall.remember()
    claim = hall.ask(WHICH_DOG, session="other")
    assert f'1. [today] user: "{REX}"' in claim.recalled
    assert hall.flock.view(claim.job).memories


def test_what_the_sessions_window_holds_is_not_recalled(hall: Hall) -> None:
    hall.tell(REX)
    hall.remember()
    assert hall.ask(WHICH_DOG).recalled == ""


def test_what_a_summary_stands_for_is_recalled_and_so_is_all_where_nothing_of_the_session_is_told(hall: Hall) -> None:
    def recalled(context: str) -> str:
        claim = hall.ask(WHICH_DOG, context=context)
        assert hall.flock.finish(claim)
        return claim.recalled

    told = hall.tell(REX, context="summary")
    hall.remember()
    assert recalled("summary") == ""
    assert hall.flock.store.run(condensing.put("s", "", Condensed(covered=(told,), messages=1), told))
    assert REX in recalled("summary")
    assert REX in recalled("none")
    assert recalled("recent") == ""


def test_small_talk_neither_recalls_nor_is_recalled(hall: Hall) -> None:
    hall.tell("ok thanks", reply="lol")
    hall.tell(REX)
    hall.remember()
    assert hall.ask("ok thanks", session="other").recalled == ""
    assert "thanks" not in hall.ask("thanks for my dog, what is it called?", session="third").recalled


def test_what_has_nothing_to_do_with_the_question_is_left_out(hall: Hall) -> None:
    hall.tell(REX)
    hall.remember()
    assert hall.ask("explain photosynthesis", session="other").recalled == ""


def test_so_many_are_told_and_no_more(hall: Hall) -> None:
    for number in range(6):
        hall.tell(f"my dog number {number} is called Rex{number}", session=f"s{number}")
    hall.remember()
    hall.recaller._wishes = hall.recaller._wishes.model_copy(update={"most": 3})
    claim = hall.ask("what are my dogs called?", session="other")
    assert len(claim.recalled.splitlines()) == 3 == len(hall.flock.view(claim.job).memories)


def test_what_was_of_use_counts_for_more_from_then_on(hall: Hall) -> None:
    hall.tell(REX)
    before = hall.remember()[0]
    hall.ask(WHICH_DOG, session="other")
    after = hall.remembered()[0]
    assert (after.recalls, after.importance > before.importance) == (1, True)
    assert hall.remember()[0].recalls == 1


def test_of_a_digest_the_line_that_answers_is_told_and_none_of_what_the_window_holds(hall: Hall) -> None:
    for number in range(9):
        hall.tell(f"the boiler number {number} hums quietly all night")
    hall.tell(REX)
    said = hall.remember()
    assert steps.summed_up(Shelf(hall.store, Directions()), said)
    claim = hall.ask(WHICH_DOG, session="other")
    assert '1. [today] notes: "' in claim.recalled
    assert f"user: {REX}" in claim.recalled
    assert hall.ask(WHICH_DOG).recalled == ""


# ---------------------------------------------------------------- who may be told
def test_a_scope_is_made_of_what_the_platform_filled_in(hall: Hall) -> None:
    asked = hall.flock.request("I am discord:6 in discord:h", session="s", persona="wren", **GUILD)
    assert scope_of(asked) == Scope("discord:g", "wren", "discord:5", "discord:7", direct=False)
    alone = asked.model_copy(update={"direct": True})
    assert scope_of(alone).tenant == "discord:5"


def test_a_person_is_the_same_in_sessions_that_count_apart(hall: Hall) -> None:
    hall.tell(REX, session="one", user="web:one", person="web:local")
    hall.remember()
    assert "Rex" in hall.ask(WHICH_DOG, session="two", user="web:two", person="web:local").recalled
    assert hall.ask(WHICH_DOG, session="three", user="web:two").recalled == ""


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"tenant": "discord:h"},
        {"tenant": "discord:h", "channel": "discord:8"},
        {"channel": "discord:8"},
        {"persona": "heron"},
        {"direct": True},
    ],
    ids=lambda fields: " and ".join(f"{name} {value}" for name, value in fields.items()),
)
def test_what_was_said_in_a_channel_is_told_in_no_other_place(hall: Hall, elsewhere: dict[str, Any]) -> None:
    hall.tell(f"Ann: {REX}", **GUILD)
    hall.remember()
    assert "Rex" in hall.ask(f"Bob: {WHICH_DOG}", session="same", **{**GUILD, "user": "discord:6"}).recalled
    assert hall.ask(f"Ann: {WHICH_DOG}", session="other", **{**GUILD, **elsewhere}).recalled == ""


@pytest.mark.parametrize(
    "elsewhere", [{"user": "web:bob"}, {"persona": "heron"}, GUILD, {**GUILD, "user": "web:ada", "tenant": "web:ada"}]
)
def test_what_was_said_to_a_persona_alone_stays_between_the_two(hall: Hall, elsewhere: dict[str, Any]) -> None:
    hall.tell(REX)
    hall.remember()
    assert "Rex" in hall.ask(WHICH_DOG, session="same person").recalled
    assert hall.ask(WHICH_DOG, session="other", **elsewhere).recalled == ""


def test_over_many_tenants_nobody_is_told_of_anothers(hall: Hall) -> None:
    people = [f"web:p{number}" for number in range(12)]
    for number, user in enumerate(people):
        hall.tell(f"my dog is called Rex{number:02}", session=f"s{user}", user=user)
    hall.remember()
    for number, user in enumerate(people):
        recalled = hall.ask(WHICH_DOG, session=f"t{user}", user=user).recalled
        assert {f"Rex{other:02}" for other in range(12) if f"Rex{other:02}" in recalled} == {f"Rex{number:02}"}


# ---------------------------------------------------------------- what goes wrong
def test_while_memory_is_away_the_answer_goes_out_without_and_says_so(hall: Hall) -> None:
    def away() -> None:
        raise MemoryUnavailable("the store is away")

    hall.opened._opens = away  # type: ignore[assignment]
    claim = hall.ask(WHICH_DOG)
    assert (claim.recalled, hall.flock.view(claim.job).flags) == ("", ("no memory",))
    assert hall.flock.finish(claim)


def test_who_comes_too_late_changes_nothing(hall: Hall) -> None:
    hall.tell(REX)
    hall.remember()
    hall.flock.ways = Ways(archive=True)
    job = hall.flock.submit(WHICH_DOG, session="other", recall=True, user="web:ada", persona="wren", direct=True)
    hall.flock.past(job)
    hall.flock.sweep()
    assert hall.recaller.serve() == 0
    claim = hall.flock.take(hall.host)
    assert (claim.recalled, hall.flock.view(job).flags) == ("", ("no memory",))
    assert hall.remembered()[0].recalls == 0
