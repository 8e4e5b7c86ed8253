from __future__ import annotations

import pytest

from tasks.contracts.scrubbing import scrub
from tasks.training.scrub.reached import RULES


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("0170 1234567", "[phone]"),
        ("030/12345678", "[phone]"),
        ("089 / 123 456 78", "[phone]"),
        ("06 12 34 56 78", "[phone]"),
        ("mój numer to 601 234 567", "mój numer to [phone]"),
        ("(11) 91234-5678", "[phone]"),
        ("erin (at) example (dot) org", "[email]"),
        ("grace at example dot com", "[email]"),
    ],
)
def test_how_somebody_is_reached_is_masked(text: str, left: str) -> None:
    assert scrub(text, RULES).text == left


@pytest.mark.parametrize(
    "text",
    [
        "01.05.2024 10:30",
        "03-05-2024 10",
        "call 112, not me",
        "0.1234 0.5678",
        "the phone costs 799 now",
        "look at this dot",
    ],
)
def test_what_is_no_way_to_reach_anybody_is_left_alone(text: str) -> None:
    assert not scrub(text, RULES).found
