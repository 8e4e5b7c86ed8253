from __future__ import annotations

import pytest

from workers.demo.judging import fault, judge, scores
from workers.demo.prompts import Prompt, Rules

RULES = Rules(any_of=("Hello", "hey"), none_of=("sorry",), no_digits=True)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("HELLO there", ""),
        ("hey", ""),
        (" ", "says nothing"),
        ("Good day", "holds none of 'Hello', 'hey'"),
        ("Hello, Sorry!", "holds 'sorry'"),
        ("hey, call 911", "holds a number"),
    ],
)
def test_an_answer_is_acceptable_or_the_fault_is_named(answer: str, what: str):
    assert fault(RULES, answer) == what


def test_without_rules_anything_but_silence_is_acceptable():
    assert fault(Rules(), "3 sorry birds") == ""
    assert fault(Rules(), "") == "says nothing"


def test_scores_are_counted_by_kind():
    verdicts = [judge(Prompt(kind, "hi", RULES), answer) for kind, answer in (("a", "hey"), ("b", "no"), ("a", "no"))]
    assert scores(verdicts) == {"a": (1, 2), "b": (0, 1)}
