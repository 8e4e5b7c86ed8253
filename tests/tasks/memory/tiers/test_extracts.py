"""People's own words, without what says nothing."""

from __future__ import annotations

from tasks.contracts.facts import kept
from tasks.memory.tiers.extracts import extracted
from tests.tasks.memory.tiers.people import reply, turn


def test_small_talk_goes_and_what_was_said_stays_word_by_word() -> None:
    turns = [
        turn(1, "Hello! My dog is called Rex."),
        reply(1, "What a fine name Rex is!"),
        turn(2, "lol"),
        turn(3, "No praline for me, hazelnuts put me in hospital once."),
    ]
    assert [str(line) for line in extracted(turns)] == [
        "Ann: My dog is called Rex.",
        "Ann: No praline for me, hazelnuts put me in hospital once.",
    ]


def test_what_a_persona_adds_stays_too() -> None:
    said = [turn(1, "When does the train leave?"), reply(1, "Of course. It leaves at 9:15 from Ghent.")]
    assert [str(line) for line in extracted(said)] == [
        "Ann: When does the train leave?",
        "wren: It leaves at 9:15 from Ghent.",
    ]


def test_no_number_name_or_date_is_lost() -> None:
    said = [turn(at, f"So {at}. And Bob, on May {at}! ok", at) for at in range(1, 9)]
    assert kept("\n".join(one.text for one in said), "\n".join(map(str, extracted(said)))) == 1.0


def test_of_turns_that_say_little_the_most_important_one_is_left() -> None:
    assert [str(line) for line in extracted([turn(1, "so so"), reply(1, "I see"), turn(2, "rather so so")])] == [
        "Ann: rather so so"
    ]
