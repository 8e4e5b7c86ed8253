"""What can be told to be missing: numbers, names and dates."""

from __future__ import annotations

import pytest

from tasks.memory.tiers.facts import facts, kept


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I paid 3.50 to Bob on 2026-05-03.", {"3.50", "bob", "2026-05-03"}),
        ("We meet on friday. Then it rains.", {"friday"}),
        ("Really? I'm fine, and I know it.", set()),
        ("Nothing here", set()),
        ("she met Zoë's aunt in São Paulo", {"zoë", "são", "paulo"}),
        ("- Rex is a dog", set()),
    ],
)
def test_numbers_names_and_dates_are_facts_and_the_first_word_of_a_sentence_is_not(text: str, found: set[str]) -> None:
    assert facts(text) == found


def test_what_is_kept_is_a_share_of_the_facts() -> None:
    said = "I paid 20 to Bob on Friday in Rome."
    assert kept(said, "Bob got 20 on Friday, in Rome.") == 1.0
    assert kept(said, "bob got 20") == 0.5
    assert kept(said, "") == 0.0
    assert kept("nice weather", "") == 1.0
