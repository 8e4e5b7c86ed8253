from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.facts import facts, kept


def test_numbers_dates_and_names_are_facts_and_the_first_word_of_a_sentence_is_none() -> None:
    assert facts("Tomorrow Ada meets Grace Hopper at 10:30, on 2026-11-16. Bring 3.5 kg.") == {
        *("ada", "grace", "hopper", "10:30", "2026-11-16", "3.5")
    }
    assert facts("I think I'm fine, and I am.") == frozenset()
    assert facts("We saw Ada's owl") == {"ada"}


def test_what_is_kept_is_looked_for_as_a_whole_word() -> None:
    assert kept("We have 3 owls and Rex", "rex, 3") == 1.0
    assert kept("We have 3 owls and Rex", "13 owls") == 0.0
    assert kept("We have 3 owls and Rex", "Rex alone") == 0.5
    assert kept("nothing of note", "") == 1.0


@given(st.text(max_size=200))
def test_a_text_keeps_all_that_it_states_itself(text: str) -> None:
    assert kept(text, text) == 1.0
