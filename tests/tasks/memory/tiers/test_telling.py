"""What of a digest is told."""

from __future__ import annotations

from dataclasses import replace

from tasks.memory.rendering import MOST_CHARS
from tasks.memory.tiers.telling import telling
from tasks.memory.values import Kind
from tests.tasks.memory.tiers.people import turn

LINES = [f"Ann: the boiler number {at} hums quietly all night" for at in range(20)] + ["Ann: my dog is called Rex"]
DIGEST = replace(turn(1, "\n".join(LINES)), kind=Kind.DIGEST)


def test_of_a_long_digest_the_lines_that_answer_are_told() -> None:
    told = telling(DIGEST, "what is my dog called?").text
    assert told.endswith("Ann: my dog is called Rex")
    assert len(told) <= MOST_CHARS


def test_what_answers_nothing_is_told_from_its_beginning() -> None:
    assert telling(DIGEST, "zebra").text.startswith("Ann: the boiler number 0")


def test_what_people_said_themselves_stays_as_it_is() -> None:
    said = turn(1, "\n".join(LINES))
    assert telling(said, "what is my dog called?") == said
    one = replace(DIGEST, text="Ann: " + "long " * 100)
    assert telling(one, "dog") == one
