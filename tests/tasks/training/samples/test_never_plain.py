"""Whatever was said and thought: no plain answer is learned, nor a word of who did not agree."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.contracts.personas import Persona
from tasks.training.samples import finding
from tasks.training.samples.rules import Found, Rules
from tasks.transcript.database import open_database
from tasks.transcript.keeping import write
from tests.tasks.training.samples.talk import ADA, BOB, EVE, agreed, spec
from tests.tasks.transcript.said import exchange, opinion

PEOPLE = (ADA, BOB, EVE)
CHANNELS = ("", "discord:7", "discord:8")
THOUGHTS = st.tuples(st.sampled_from(["up", "down", "kept", "corrected"]), st.sampled_from(PEOPLE), st.booleans())


@dataclass(frozen=True)
class Line:
    """One message, how often it was answered, and what was thought of which answer."""

    user: str
    channel: str
    answers: int
    thoughts: tuple[tuple[int, tuple[str, str, bool]], ...]


LINES = st.builds(
    Line,
    user=st.sampled_from(PEOPLE),
    channel=st.sampled_from(CHANNELS),
    answers=st.integers(1, 3),
    thoughts=st.lists(st.tuples(st.integers(0, 2), THOUGHTS), max_size=3).map(tuple),
)


def entries(lines: list[Line]) -> list[Any]:
    """Return what was archived: each text tells whose it is, and of which answer."""
    clock, made = count(1000, 1000), []
    for at, line in enumerate(lines):
        where = {"request_channel": line.channel, "session": f"discord:rook:{line.channel or 'direct'}"}
        for number in range(line.answers):
            anew = {"request_replaces": f"j{at}.0"} if number else {}
            said = {"text": f"asked by {line.user} [{at}]", "reply": f"to {line.user} [{at}.{number}]", **anew, **where}
            made.append(exchange(f"j{at}.{number}", at_ms=next(clock), user=line.user, **said))
        for number, (what, who, undone) in line.thoughts:
            about = {"job": f"j{at}.{number % line.answers}", "text": f"put right by {who} [{at}]"}
            made.append(opinion(what, who, next(clock), undone=undone, **about))
    return made


def found(lines: list[Line], persona: Persona, willing: set[str], closed: set[str]) -> Found:
    """Return what is learned."""
    engine = open_database("sqlite://")
    try:
        write(engine, entries(lines))
        rules = Rules.of(spec(persona), 0, agreed(*willing, closed=tuple(closed)))
        whole = Found()
        for part in finding.found(engine, persona, rules):
            whole.samples += part.samples
            whole.pairs += part.pairs
        return whole
    finally:
        engine.dispose()


def is_liked(line: Line, number: int, willing: set[str]) -> bool:
    """Return whether the last word of anybody who agreed on an answer is that it is good."""
    last = {
        who: (what, undone) for on, (what, who, undone) in line.thoughts if on % line.answers == number and what == "up"
    }
    return any(not undone for who, (_, undone) in last.items() if who in willing)


@pytest.mark.parametrize("learns", ["liked", "imitate"])
@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(LINES, max_size=8),
    willing=st.sets(st.sampled_from(PEOPLE)),
    closed=st.sets(st.sampled_from(CHANNELS[1:])),
)
def test_only_what_people_showed_to_be_good_and_agreed_to_is_learned(
    learns: str, lines: list[Line], willing: set[str], closed: set[str]
) -> None:
    persona = Persona(name="rook", learns=learns, imitates=PEOPLE if learns == "imitate" else ())
    got = found(lines, persona, willing, closed)
    plain = {
        f"to {line.user} [{at}.{number}]"
        for at, line in enumerate(lines)
        for number in range(line.answers)
        if learns == "imitate" or (line.answers == 1 and not is_liked(line, number, willing))
    }
    for good in [*(one.answer for one in got.samples), *(one.chosen for one in got.pairs)]:
        assert good not in plain
    for one in [*got.samples, *got.pairs]:
        assert {one.author, *one.people} <= willing
        assert one.channel not in closed
        words = "\n".join([str(one.model_dump()), *(turn.text for turn in one.turns)])
        assert not [person for person in PEOPLE if person not in willing and person in words]
        assert one.turns[-1].role == "user"
        assert all(a.role != b.role for a, b in zip(one.turns, one.turns[1:], strict=False))
