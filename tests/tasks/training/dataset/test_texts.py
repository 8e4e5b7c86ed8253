"""What makes two texts the same."""

from __future__ import annotations

import pytest

from tasks.training.dataset.texts import grams, likeness, plain, text_hash


@pytest.mark.parametrize(
    ("one", "other"),
    [("Aye, aye!", "aye aye"), ("ｆｕｌｌ", "full"), ("STRASSE", "straße"), ("a\n\n b", "A b"), ("好的。", "好的")],
)
def test_case_marks_and_blanks_make_no_difference(one: str, other: str) -> None:
    assert text_hash(one) == text_hash(other)


@pytest.mark.parametrize(
    ("one", "other"), [("yes", "no"), ("?!", "..."), ("👍", "👎"), ("कि", "की"), ("a b", "ab"), ("", " x")]
)
def test_whatever_is_said_otherwise_is_another_text(one: str, other: str) -> None:
    assert text_hash(one) != text_hash(other)


def test_half_a_character_is_a_text_too() -> None:
    assert text_hash("\ud83d") == text_hash("\ud83d ")


def test_a_text_of_few_characters_is_one_piece() -> None:
    assert len(grams("aye")) == 1
    assert len(grams("")) == 1
    assert plain("") == ""


def test_texts_that_share_most_are_alike() -> None:
    long = "the ship sails at dawn, and whoever is late stays on the quay"
    assert likeness(grams(long), grams(f"{long}!!")) == 1.0
    assert likeness(grams(long), grams(f"{long} mate")) > 0.85
    assert likeness(grams(long), grams("nobody knows when it leaves")) < 0.2
