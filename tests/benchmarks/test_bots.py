from __future__ import annotations

import tomllib

import pytest

from benchmarks.bots import at_length, short
from benchmarks.bots.at_length import Look
from benchmarks.bots.judging import Account, Post, Question, account, signs_s
from benchmarks.bots.short import Found
from benchmarks.bots.town import fleet
from bots.reception.values import HELD_UP
from tasks.contracts.fleet import parse
from tests.benchmarks.quick import by_name, nobody

FIRST = Question("q1", "room", "Ada", 1.0, "m1")
SECOND = Question("q2", "room", "Ada", 2.0, "m2")
ELSEWHERE = Question("q3", "hall", "Bob", 1.5, "m3")


def said(mark: str, at_s: float = 3.0, who: str = "Ada", **more: str) -> Post:
    return Post(f"echo: {who} {mark}", at_s, who, **more)


def test_a_question_that_came_to_one_answer_in_its_turn_is_as_it_should_be() -> None:
    came = account([FIRST, SECOND, ELSEWHERE], [said("q1", 1.5), said("q3", who="bob"), said("q2")])
    assert came.is_clean
    assert (came.answered, came.told) == (3, 0)
    assert came.waits_s == (0.5, 1.5, 1.0)


def test_what_nobody_answered_somebody_answered_twice_or_somebody_else_answered_is_seen() -> None:
    came = account([FIRST, SECOND, ELSEWHERE], [said("q1"), said("q1", 4.0), said("q3")])
    assert (came.lost, came.doubled, came.strangers) == (("q2",), ("q1",), ("q3",))
    assert not came.is_clean


def test_an_answer_before_its_turn_is_seen_and_other_conversations_have_turns_of_their_own() -> None:
    assert account([FIRST, SECOND], [said("q2"), said("q1")]).out_of_order == ("q1",)
    assert account([FIRST, ELSEWHERE], [said("q3", who="Bob"), said("q1")]).is_clean


def test_words_that_are_no_answer_are_told_apart_by_what_they_reply_to() -> None:
    came = account([FIRST, SECOND], [Post("Please wait.", 2.5, answers="m2"), said("q1")])
    assert (came.answered, came.told, came.told_s) == (1, 1, (0.5,))
    assert came.is_clean


def test_who_is_told_that_it_takes_longer_still_has_an_answer_to_come_and_no_second_one() -> None:
    came = account([FIRST, SECOND], [Post(HELD_UP, 1.2, answers="m1"), Post(HELD_UP, 2.2, answers="m2"), said("q1")])
    assert (came.answered, came.held_up, came.doubled, came.lost) == (1, 2, (), ("q2",))


def test_a_sign_counts_from_the_message_in_its_own_place() -> None:
    assert signs_s([("7", 1.0), ("8", 1.0), ("9", 1.0)], [("8", 1.5), ("7", 0.9), ("7", 1.1)]) == [
        pytest.approx(0.1),
        0.5,
    ]


def test_personas_share_the_models_of_the_fleet() -> None:
    made = parse(tomllib.loads(fleet(["Ada", "Bob", "Cleo"], ["a", "b"], "fake")), "town")
    assert [persona.model for persona in made.personas] == ["a", "b", "a"]


def test_the_figures_are_of_each_bot() -> None:
    came = Account(7, 1, ("q1",), (), (), (), (0.1,), (0.1,))
    bots = {"discord": 81.0, "feed": 60.0}
    one = {"discord": 1.0}
    found = Found(one, one, {"redis": 4.0, "worker": 7.0}, bots, one, one, {"discord": came}, {50: 2.0, 1000: 3.0})
    figures = by_name(short.findings(found))
    assert figures["memory of the discord bot after 1000 messages"].value == 81.0
    assert figures["CPU of the pipeline, 1000 messages a minute"].value == 11.0
    assert figures["messages lost"].value == 1
    assert figures["to take in a message, 1000 personas ÷ 50"].value == 1.5


def test_what_grows_is_the_second_half_beside_the_first() -> None:
    looks = {"feed": [Look(60.0, 20), Look(60.0, 22), Look(66.0, 23), Look(66.0, 21)]}
    figures = by_name(at_length.findings({}, 5.0, looks))
    assert figures["memory of the feed bot, second half ÷ first"].value == pytest.approx(1.1)
    assert figures["descriptors of the feed bot, second half beyond the first"].value == 1


@pytest.mark.slow
@pytest.mark.parametrize("module", [short, at_length], ids=["short", "at length"])
def test_it_runs(module) -> None:
    found = by_name(module.measure(nobody, quick=True))
    assert found["messages answered"].value > 0
    assert found["messages lost"].value == found["messages answered twice"].value == 0
