"""Says whether an answer is acceptable, and why not. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workers.demo.prompts import Prompt, Rules

_DIGIT = re.compile(r"\d")


def fault(rules: Rules, answer: str) -> str:
    """Return what is wrong with `answer`, or "" when nothing is."""
    text = answer.lower()
    if not text.strip():
        return "says nothing"
    if rules.any_of and not any(wanted.lower() in text for wanted in rules.any_of):
        return f"holds none of {', '.join(map(repr, rules.any_of))}"
    if held := next((bad for bad in rules.none_of if bad.lower() in text), ""):
        return f"holds {held!r}"
    if rules.no_digits and _DIGIT.search(text):
        return "holds a number"
    return ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One prompt, what the model said to it, and what was wrong with that."""

    prompt: Prompt
    answer: str
    fault: str


def judge(prompt: Prompt, answer: str) -> Verdict:
    """Return the verdict on one answer."""
    return Verdict(prompt, answer, fault(prompt.rules, answer))


def scores(verdicts: Iterable[Verdict]) -> dict[str, tuple[int, int]]:
    """Return for each kind, in the order of the prompts, how many answers were acceptable, of how many."""
    found: dict[str, tuple[int, int]] = {}
    for verdict in verdicts:
        good, of = found.get(verdict.prompt.kind, (0, 0))
        found[verdict.prompt.kind] = (good + (not verdict.fault), of + 1)
    return found
