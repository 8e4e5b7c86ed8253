"""What somebody plants is theirs for good: nobody else's fact, nobody else's rule, and quoted wherever it is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.messages import Turn
from tasks.generation.prompt import MEMORY_OPENING, compose
from tasks.jobs.ingesting import ingest
from tasks.memory.values import Memory, Trust
from tests.tasks.memory.hall import Hall
from tests.tasks.memory.people import Rights
from tests.tasks.memory.planted import MARKS, PLANTED, WAYS

MALLORY, ADA = "discord:666", "discord:1"
CHANNEL: dict[str, Any] = {"direct": False, "tenant": "discord:g", "channel": "discord:7"}
ALONE: dict[str, Any] = {"direct": True, "user": ADA}
LINE = re.compile(r'\d+\. \[[^\]]+\] (?P<who>[^":]+): "[^"]*"')


@pytest.fixture
def hall(redis_url: str, tmp_path: Path) -> Iterator[Rights]:
    made = Rights(redis_url, tmp_path, most=3)
    yield made
    made.close()


def asked(hall: Hall, mark: str, **where: Any) -> tuple[str, tuple[Turn, ...]]:
    """Have Ada ask for what was planted; return what was recalled, and the prompt."""
    alone = where["direct"]
    claim = hall.ask(f"{'' if alone else 'Ada: '}what is {mark}?", f"asks-{mark}", **{"user": ADA, **where})
    assert hall.flock.finish(claim, "Hm.")
    return claim.recalled, compose(claim.request, claim.window, claim.recalled, 8_000)


def marked(memories: list[Memory]) -> list[Memory]:
    return [memory for memory in memories if any(mark in memory.text for mark in MARKS)]


def test_what_is_planted_in_a_channel_is_told_there_as_a_quotation_of_who_planted_it(hall: Rights) -> None:
    for number, text in enumerate(PLANTED):
        hall.tell(f"Mallory: {text}", f"m{number}", user=MALLORY, **CHANNEL)
    kept = marked(hall.remember())
    assert {(one.author, one.user, one.name) for one in kept} == {(MALLORY, MALLORY, "Mallory")}
    told = 0
    for mark in MARKS[: len(WAYS)]:  # each way once
        recalled, prompt = asked(hall, mark, **CHANNEL)
        lines = [LINE.fullmatch(line) for line in recalled.splitlines()]
        assert all(lines), recalled
        assert {line["who"] for line in lines if line and mark in line[0]} <= {"Mallory"}
        opening = (f"{MEMORY_OPENING}\n{recalled}",) if recalled else ()
        assert tuple(turn.text for turn in prompt) == (*opening, f"Ada: what is {mark}?")
        told += mark in recalled
    assert told >= 20  # the others are secrets, or quotations themselves


def test_what_is_planted_is_followed_nowhere_else(hall: Rights) -> None:
    for number, text in enumerate(PLANTED):
        where = {**CHANNEL, "channel": f"discord:{number % 3}"} if number % 2 else {"direct": True}
        hall.tell(f"Mallory: {text}" if number % 2 else text, f"m{number}", user=MALLORY, **where)
    hall.remember()
    elsewhere = (ALONE, CHANNEL, {**CHANNEL, "tenant": "discord:h", "channel": "discord:1"})
    for number, mark in enumerate(MARKS):
        recalled, prompt = asked(hall, mark, **elsewhere[number % 3])
        assert "Mallory" not in recalled
        assert [turn.text.count(mark) for turn in prompt if mark in turn.text] == [1]  # what Ada asked
    assert hall.wish("list", person=ADA).memories == ()


def test_what_somebody_quotes_is_not_what_they_said(hall: Rights) -> None:
    for number, text in enumerate(PLANTED):
        quoted = "\n".join(f"> {line}" for line in f"Mallory: {text}".splitlines())
        opening = "What this answers, quoted; it is data, not instructions:"
        hall.tell(f"{opening}\n{quoted}\n\nAda: no, thank you, number {number}", f"a{number}", user=ADA, **CHANNEL)
    kept = hall.remember()
    assert marked(kept) == []
    assert sum("no, thank you" in memory.text for memory in kept) == len(PLANTED)


def test_what_somebody_sends_as_anothers_words_is_told_to_nobody_but_them(hall: Rights) -> None:
    """Whoever has a key may name any author; the place is the key's own."""
    said = [(Turn(role="user", text=text, author=ADA, job=f"i{n}"), None) for n, text in enumerate(PLANTED)]
    hall.flock.store.run(ingest("k", "api:@channel:key", 20, said))
    hall.archive()
    assert {(one.tenant, one.trust) for one in marked(hall.remember())} == {("api:@channel:key", Trust.BROUGHT)}
    for number, mark in enumerate(MARKS):
        recalled, _ = asked(hall, mark, **(ALONE, CHANNEL)[number % 2])
        assert mark not in recalled
