"""Long conversations of two people with questions about them, in the shape of LoCoMo's JSON: read, or made up.

Source of the shape: Maharana et al., Evaluating Very Long-Term Conversational Memory of LLM Agents, 2024
(snap-research/locomo). Its data is not here; `--data` reads it from wherever it is. What is made up has nothing of it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.recalling.chatter import CHATTER, FACTS, NAMES, Fact
from tasks.contracts.errors import BadInput

CATEGORIES = {1: "several turns", 2: "times", 3: "open", 4: "one turn", 5: "of somebody else"}
SESSIONS, TURNS, FACTS_A_SESSION = 20, 26, 3
BEGIN = datetime(2023, 1, 9, 19, 30, tzinfo=UTC)
_WHEN = "%I:%M %p on %d %B, %Y"
MS = 1000
_SESSION = re.compile(r"session_(\d+)")


@dataclass(frozen=True)
class Line:
    """One turn."""

    id: str
    """As "D3:7": the seventh turn of the third session."""
    speaker: str
    text: str
    at_ms: int


@dataclass(frozen=True)
class Asked:
    """One question, and the turns that answer it."""

    question: str
    evidence: tuple[str, ...]
    category: int


@dataclass(frozen=True)
class Conversation:
    """All sessions of two people."""

    name: str
    sessions: tuple[tuple[Line, ...], ...]
    asked: tuple[Asked, ...]

    @property
    def last_ms(self) -> int:
        """When the last thing was said."""
        return max(line.at_ms for session in self.sessions for line in session)


def read(file: Path) -> list[Conversation]:
    """Return the conversations in a file of LoCoMo's shape; questions without evidence that is there are left out.

    Raises:
        BadInput: it has another shape.
    """
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return [_conversation(one) for one in told]
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise BadInput(
            f"{file} is no file of conversations: {type(exc).__name__}: {exc}",
            next_step="it is a list of objects with `conversation` and `qa`, as LoCoMo's locomo10.json",
        ) from exc


def _conversation(told: dict[str, Any]) -> Conversation:
    talk = told["conversation"]
    numbers = sorted(int(found[1]) for name in talk if (found := _SESSION.fullmatch(name)) and talk[name])
    sessions = tuple(tuple(_lines(talk[f"session_{at}"], talk[f"session_{at}_date_time"])) for at in numbers)
    known = {line.id for session in sessions for line in session}
    asked = (
        Asked(
            str(one["question"]), tuple(id_ for id_ in _ids(one.get("evidence", ())) if id_ in known), one["category"]
        )
        for one in told["qa"]
    )
    return Conversation(str(told.get("sample_id", "")), sessions, tuple(one for one in asked if one.evidence))


def _lines(turns: Sequence[dict[str, Any]], when: str) -> Iterator[Line]:
    at = _moment(when)
    for number, turn in enumerate(turns):
        shown = f" [shows {turn['blip_caption']}]" if turn.get("blip_caption") else ""
        yield Line(turn["dia_id"], turn["speaker"], f"{turn['text']}{shown}", at + number * MS)


def _moment(when: str) -> int:
    return int(datetime.strptime(when.strip(), _WHEN).replace(tzinfo=UTC).timestamp() * MS)


def _ids(evidence: Sequence[str]) -> Iterator[str]:
    """Yield the ids in evidence, of which some hold several."""
    for told in evidence:
        yield from re.findall(r"D\d+:\d+", str(told))


def made_up(conversations: int, seed: int = 7, *, sessions: int = SESSIONS) -> list[dict[str, Any]]:
    """Return conversations in the same shape, with questions in other words than the answers, the same for a seed."""
    chance = random.Random(seed)
    return [_made_up(f"made-up-{number}", chance, sessions) for number in range(conversations)]


def _made_up(name: str, chance: random.Random, sessions: int) -> dict[str, Any]:
    people = tuple(chance.sample(NAMES, 2))
    facts = iter(chance.sample(FACTS, len(FACTS)))
    talk: dict[str, Any] = {"speaker_a": people[0], "speaker_b": people[1]}
    asked: list[dict[str, Any]] = []
    day = BEGIN
    for number in range(1, sessions + 1):
        day += timedelta(days=chance.randint(2, 12), minutes=chance.randint(-90, 90))
        planted = [fact for _ in range(FACTS_A_SESSION) if (fact := next(facts, None)) is not None]
        turns = _session(number, people, planted, chance, asked, day)
        talk[f"session_{number}_date_time"] = day.strftime(_WHEN)
        talk[f"session_{number}"] = turns
    return {"sample_id": name, "conversation": talk, "qa": asked}


def _session(
    number: int,
    people: tuple[str, ...],
    planted: Sequence[Fact],
    chance: random.Random,
    asked: list[dict[str, Any]],
    day: datetime,
) -> list[dict[str, Any]]:
    texts = [(people[at % 2], chance.choice(CHATTER)) for at in range(TURNS)]
    places = chance.sample(range(2, TURNS - 2, 3), len(planted))
    for fact, at in zip(planted, places, strict=True):
        who, other = people if chance.random() < 0.5 else people[::-1]
        words = {"who": who, "other": other, **{name: chance.choice(choices) for name, choices in fact.blanks.items()}}
        said = chance.choice(fact.said).format(**words)
        texts[at] = (who, said)
        if fact.lead:  # what makes sense only beside what stands before it
            texts[at - 1] = (other, fact.lead.format(**words))
        evidence = [f"D{number}:{at + 1}"]
        asked.append({"question": fact.asked.format(**words), "evidence": evidence, "category": 4})
        if chance.random() < 0.35:
            when = f"What did {who} say about {fact.about} on {day.day} {day:%B}?"
            asked.append({"question": when, "evidence": evidence, "category": 2})
    return [{"speaker": who, "dia_id": f"D{number}:{at + 1}", "text": text} for at, (who, text) in enumerate(texts)]
