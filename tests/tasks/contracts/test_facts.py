"""What can be told to be missing: numbers, names and dates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.facts import MOST_CHARS, facts, kept


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I paid 3.50 to Bob on 2026-05-03.", {"3.50", "bob", "2026-05-03"}),
        ("We meet on friday. Then it rains.", {"friday"}),
        ("Really? I'm fine, and I know it.", set()),
        ("I think I'm fine, and I am.", set()),
        ("Nothing here", set()),
        ("she met Zoë's aunt in São Paulo", {"zoë", "são", "paulo"}),
        ("- Rex is a dog", set()),
        ("We saw Ada’s owl", {"ada"}),
        ("it is gate b12, at 3pm, by an A380", {"b12", "3", "a380"}),
        (
            "Tomorrow Ada meets Grace Hopper at 10:30, on 2026-11-16. Bring 3.5 kg.",
            {"ada", "grace", "hopper", "10:30", "2026-11-16", "3.5"},
        ),
    ],
)
def test_numbers_names_and_dates_are_facts_and_the_first_word_of_a_sentence_is_not(text: str, found: set[str]) -> None:
    assert facts(text) == found


def test_what_is_kept_is_a_share_of_the_facts() -> None:
    said = "I paid 20 to Bob on Friday in Rome."
    assert kept(said, "Bob got 20 on Friday, in Rome.") == 1.0
    assert kept(said, "bob got 20") == 0.5
    assert kept(said, "") == 0.0
    assert kept("nothing of note", "") == 1.0


def test_what_is_kept_is_looked_for_as_a_whole_word() -> None:
    assert kept("We have 3 owls and Rex", "rex, 3") == 1.0
    assert kept("We have 3 owls and Rex", "13 owls") == 0.0
    assert kept("we fly in the A380", "you fly in the A350") == 0.0


@pytest.mark.parametrize("unit", ["a", "A ", "1", "1:", "- ", "a1", "  ", "'"])
def test_however_long_a_text_is_it_is_looked_through_once(unit: str) -> None:
    text = unit * MOST_CHARS
    assert kept(text, text) == 1.0  # where it grew with the square, this would take hours


@given(st.text(max_size=200))
def test_a_text_keeps_all_that_it_states_itself(text: str) -> None:
    assert kept(text, text) == 1.0
