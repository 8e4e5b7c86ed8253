"""What only one thing can be true of."""

from __future__ import annotations

import pytest

from tasks.memory.tiers.statements import Statement, only, stated


@pytest.mark.parametrize(
    ("sentence", "about", "value"),
    [
        ("I live in Porto.", "home", "porto"),
        ("I'm living in Ghent now", "home", "ghent"),
        ("Last week I moved to Tartu because of the sea.", "home", "tartu"),
        ("I now work at Acme, in sales.", "work", "acme"),
        ("Please call me Ann!", "name", "ann"),
        ("My name is Ann", "name", "ann"),
        ("my birthday is on 3 May", "birthday", "3 may"),
        ("My favourite colour is now green", "favorite color", "green"),
        ("My dentist appointment was moved to Friday at 9", "dentist appointment", "friday at 9"),
        ("I am 31 years old", "age", "31"),
        ("My car is now red", "car", "red"),
    ],
)
def test_a_statement_says_what_of_and_what(sentence: str, about: str, value: str) -> None:
    assert stated(sentence) == Statement(about, value)


@pytest.mark.parametrize(
    "sentence",
    ["My dog is tired", "I like Porto", "Do I live in Porto?", "Bob lives in Porto", "my sister is called Ann", ""],
)
def test_what_several_things_may_be_true_of_is_no_statement(sentence: str) -> None:
    assert stated(sentence) is None


def test_a_text_that_says_more_is_not_superseded_whole() -> None:
    assert only("I live in Porto.") is not None
    assert only("I live in Porto. The boiler costs 300.") is None
