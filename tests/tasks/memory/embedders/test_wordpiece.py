from __future__ import annotations

import pytest

from tasks.memory.embedders.wordpiece import LONGEST_WORD, WordPiece, words
from tests.tasks.memory.tiny_bert import VOCABULARY

PIECES = WordPiece({token: at for at, token in enumerate(VOCABULARY)})


def tokens(text: str, at_most: int = 64) -> list[str]:
    return [VOCABULARY[at] for at in PIECES.ids(text, at_most)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I like tea.", ["i", "like", "tea", "."]),
        ("don't stop_it", ["don", "'", "t", "stop", "_", "it"]),
        ("a\tb\r\nc\x0bd\x00e\x7f", ["a", "b", "cde"]),
        ("Zürich İstanbul NAÏVE", ["zurich", "istanbul", "naive"]),
        ("zero\u200bwidth\ufeff \ufffd", ["zerowidth"]),
        ("a\u00a0b\u3000c\u2028d", ["a", "b", "c", "d"]),
        ("東京tower", ["東", "京", "tower"]),
        ("ひらがな", ["ひらかな"]),
        ("“well” — no…", ["“", "well", "”", "—", "no", "…"]),
        ("ΣΊΣΥΦΟΣ", ["σισυφοσ"]),
        ("½ ² ﬁ €5", ["½", "²", "ﬁ", "€5"]),
        ("", []),
    ],
)
def test_words_are_those_that_the_model_was_trained_with(text: str, expected: list[str]):
    assert words(text) == expected


def test_case_and_accents_may_count():
    assert words("Ärger A", lowercase=False) == ["Ärger", "A"]


def test_a_word_is_cut_into_the_longest_pieces_there_are():
    assert tokens("dogs tea dogas") == ["[CLS]", "dog", "##s", "tea", "dog", "##a", "##s", "[SEP]"]


def test_a_word_without_pieces_or_end_is_unknown_as_a_whole():
    assert tokens("dogx") == ["[CLS]", "[UNK]", "[SEP]"]
    assert tokens("a" * (LONGEST_WORD + 1)) == ["[CLS]", "[UNK]", "[SEP]"]


def test_a_long_text_loses_its_end_and_keeps_both_marks():
    assert tokens("a b c d e f", 5) == ["[CLS]", "a", "b", "c", "[SEP]"]
    assert tokens("a b dogas", 5) == ["[CLS]", "a", "b", "dog", "[SEP]"]


def test_marks_in_a_text_are_read_as_the_original_reads_them():
    assert tokens("a[SEP]b [sep]") == ["[CLS]", "a", "[SEP]", "b", *["[UNK]"] * 3, "[SEP]"]
