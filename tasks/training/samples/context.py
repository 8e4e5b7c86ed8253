"""What was said before an answer, as the turns that stand before it in a sample. Pure.

It reaches back as far as everybody agreed: the words of who did not, and what was answered to them, end it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from tasks.contracts.hearing import heard
from tasks.contracts.messages import Turn
from tasks.training.samples.rules import Rules
from tasks.transcript.learned import Told

MOST_TURNS = 8
MOST_CHARS = 16_000  # of all of them together; the latest stay


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing that was said."""

    text: str
    job: str
    first: str
    person: str = ""
    """Who said it; empty: a persona did."""
    own: str = ""
    """A person's words without their name before them, which is not part of an answer."""


def own_words(told: Told) -> str:
    """Return what a person said themselves, without name and quotes: those are of others."""
    return heard(told.question, direct=told.direct or told.brought).text


def asked_words(told: Told) -> str:
    """Return a question as its persona is asked: with who asks, where several talk; without what was quoted."""
    said = heard(told.question, direct=told.direct or told.brought)
    return f"{said.name}: {said.text}" if said.name else said.text


def asking(told: Told) -> Spoken:
    """Return what a person said."""
    return Spoken(asked_words(told), told.job, told.first, told.person, own_words(told))


def spoken(told: Told, rules: Rules) -> tuple[Spoken, ...]:
    """Return what of an exchange may stand in a sample; nothing: it may not, and neither what was before it.

    A line that was brought in as an assistant's has an author all the same, and so is a person's.
    """
    question = asked_words(told)
    if not question or not rules.consents.allow((told.person,), told.channel):
        return ()
    if not told.brought and not told.reply:
        return ()
    if rules.excludes(question) or rules.excludes(told.reply):
        return ()
    said = (asking(told),)
    return said if told.brought else (*said, Spoken(told.reply, told.job, told.first))


def reaching(before: Sequence[Told], rules: Rules) -> list[Spoken]:
    """Return what was said before that may stand in a sample, the oldest first."""
    parts = list(takewhile(bool, (spoken(told, rules) for told in reversed(before))))
    return [one for part in reversed(parts) for one in part]


def turns(said: Sequence[Spoken], by_assistant: str = "") -> tuple[list[Turn], list[Spoken]]:
    """Return what was said as turns that a chat template takes, and what of it stands in them.

    Who answers is `by_assistant`: a person, or where it is empty the personas. Speakers alternate, one who says several
    things in a row says them in one turn, and somebody else begins.
    """
    kept = _fitting(said)
    while kept and kept[0].person == by_assistant:
        kept = kept[1:]
    made: list[Turn] = []
    for one in kept:
        turn = Turn(role="user", text=one.text)
        if one.person == by_assistant:
            turn = Turn(role="assistant", text=one.own or one.text)
        if made and made[-1].role == turn.role:
            turn = Turn(role=turn.role, text=f"{made.pop().text}\n{turn.text}")
        made.append(turn)
    return made, kept


def people(said: Iterable[Spoken]) -> set[str]:
    """Return the persons who said something."""
    return {one.person for one in said if one.person}


def _fitting(said: Sequence[Spoken]) -> list[Spoken]:
    kept: list[Spoken] = []
    left = MOST_CHARS
    for one in reversed(said[-MOST_TURNS:]):
        left -= len(one.text)
        if left < 0 and kept:
            break
        kept.append(one)
    return kept[::-1]
