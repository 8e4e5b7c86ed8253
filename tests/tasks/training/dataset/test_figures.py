"""A data set in figures, without names or words."""

from __future__ import annotations

from tasks.training.dataset.figures import LeftOut, digest, told_shares, too_few
from tests.tasks.training.dataset.learned_from import sample

SAMPLES = [
    sample(1, author="web:anna"),
    sample(2, author="web:anna"),
    sample(3, author="web:ben"),
    sample(4, author=""),
]


def test_authors_are_told_as_digests_that_another_salt_makes_others() -> None:
    told = told_shares(SAMPLES, "salt")
    assert told[digest("web:anna", "salt")].samples == 0.5
    assert len(told) == 2
    assert told.keys().isdisjoint(told_shares(SAMPLES, "another"))
    assert "anna" not in str(told)


def test_too_few_says_how_many_are_missing_and_where_the_others_went() -> None:
    assert too_few("rook", 3, 20, LeftOut(forgotten=2, beyond_share=9)).endswith("2 forgotten, 9 beyond share")
    assert too_few("rook", 3, 20, LeftOut()).endswith("20 are wanted")
