from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.folding import tokens


def words(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


@pytest.mark.parametrize(
    "text", ["Ångström", "ｆｕｌｌ ｗｉｄｔｈ", "İstanbul", "Straße", "がっこう", "한글", "Việt Nam"]
)
def test_composed_and_decomposed_text_is_the_same(text: str) -> None:
    assert words(unicodedata.normalize("NFC", text)) == words(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÉCOLE", ["ecole"]),
        ("straße", ["strasse"]),
        ("so\u200bft\u00adly", ["softly"]),
        ("gооgle", ["google"]),  # two Cyrillic letters among Latin ones
        ("соса", ["соса"]),  # a word of its own script is left alone
        ("don't_go", ["don", "'", "t", "_", "go"]),
        ("坏词", ["坏", "词"]),
        ("नमस्ते", ["नमस्ते"]),  # vowel signs are no accents
    ],
)
def test_text_is_folded_into_words_and_signs(text: str, folded: list[str]) -> None:
    assert words(text) == folded


def test_a_token_says_where_it_stands_in_the_text_as_it_was_written() -> None:
    text = "  E\u0301cole, 2"
    assert [text[token.start : token.end] for token in tokens(text)] == ["E\u0301cole", ",", "2"]


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_text_is_read_quicker_and_not_otherwise(text: str) -> None:
    assert tokens(text) == tokens(f"{text} é")[:-1]
