"""Turns summed up without a model: what people said, word by word, without what says nothing. Pure.

Nothing is worded anew, so nothing is made up; and every number, name and date is among what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tasks.contracts.facts import facts
from tasks.contracts.sentences import sentences
from tasks.memory.importance import says_nothing
from tasks.memory.terms import terms
from tasks.memory.tiers.lines import Line, each_once
from tasks.memory.values import Memory, Role

LEAST_TERMS = 2  # of a sentence that says something without a name or a number


def extracted(turns: Sequence[Memory]) -> list[Line]:
    """Return what is worth keeping of turns, in their order: what people said, and what personas added to that.

    Something always is: of turns that say little, the most important one.
    """
    told = facts("\n".join(turn.text for turn in turns if turn.role is Role.PERSON))
    lines = each_once(_of(turns, set(told)))
    if lines:
        return lines
    most = max(turns, key=lambda turn: (turn.role is Role.PERSON, turn.importance, len(turn.text)))
    return [Line(most.name or most.author, " ".join(most.text.split()))]


def _of(turns: Iterable[Memory], told: set[str]) -> Iterator[Line]:
    for turn in turns:
        for sentence in sentences(turn.text):
            named = facts(sentence)
            if turn.role is Role.PERSON:
                worth = bool(named) or (not says_nothing(sentence) and len(terms(sentence)) >= LEAST_TERMS)
            else:
                worth = not named <= told
            if worth:
                told |= named
                yield Line(turn.name or turn.author, sentence)
