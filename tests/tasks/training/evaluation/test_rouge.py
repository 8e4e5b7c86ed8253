"""ROUGE-L in any script."""

from __future__ import annotations

import pytest
from rouge_score import rouge_scorer

from tasks.training.evaluation.rouge import UnicodeTokens, rouge_l, rouge_ls

#: By hand: the longest common subsequence over the words of one and of the other, 2PR / (P + R).
KNOWN = [
    ("police killed the gunman", "police kill the gunman", 0.75),  # Lin, 2004: three of four
    ("police killed the gunman", "the gunman kill police", 0.5),
    ("the cat sat on the mat", "the cat sat on the mat", 1.0),
    ("the cat sat", "a dog ran", 0.0),
    ("one two three four", "one three", 2 / 3),
    ("", "something", 0.0),
    ("something", "", 0.0),
]


@pytest.mark.parametrize(("wanted", "said", "expected"), KNOWN)
def test_known_pairs_have_their_known_values(wanted: str, said: str, expected: float) -> None:
    assert rouge_l(wanted, said) == pytest.approx(expected)


@pytest.mark.parametrize(("wanted", "said", "_"), KNOWN)
def test_english_is_scored_as_the_reference_does(wanted: str, said: str, _: float) -> None:
    reference = rouge_scorer.RougeScorer(["rougeL"]).score(wanted, said)["rougeL"].fmeasure
    assert rouge_l(wanted, said) == pytest.approx(reference)


@pytest.mark.parametrize(
    ("wanted", "said", "expected"),
    [
        ("我爱北京", "我爱上海", 0.5),
        ("مرحبا يا صديقي", "مرحبا يا أخي", 2 / 3),
        ("добрый вечер", "Добрый вечер!", 1.0),
        ("नमस्ते दुनिया", "नमस्ते", 2 / 3),
        ("さようなら", "さようなら。", 1.0),
        ("สวัสดี", "สวัสดี", 1.0),
        ("안녕하세요 세계", "안녕하세요", 2 / 3),
        ("🔥👍", "🔥", 2 / 3),
        ("❤️", "❤", 1.0),
    ],
)
def test_no_script_is_worth_nothing(wanted: str, said: str, expected: float) -> None:
    assert rouge_l(wanted, said) == pytest.approx(expected)


def test_equal_letters_are_equal_however_they_are_put_together() -> None:
    assert rouge_l("été", "e\u0301te\u0301") == 1.0
    assert rouge_l("Straße", "STRASSE") == 1.0


def test_marks_belong_to_the_letters_before_them() -> None:
    assert UnicodeTokens().tokenize("שָׁלוֹם עולם") == ["שָׁלוֹם", "עולם"]
    assert UnicodeTokens().tokenize("\u0301 …!") == []


def test_many_pairs_are_scored_as_each_alone() -> None:
    pairs = [(wanted, said) for wanted, said, _ in KNOWN]
    assert rouge_ls(pairs) == [rouge_l(*pair) for pair in pairs]
