"""Writes the dialogues that the demo model learns from: pure, seeded, endless."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from workers.demo.nearness import Apart
from workers.demo.phrases import Intent, choose, fill, intents
from workers.demo.prompts import DEV, HELD_OUT, prompts
from workers.demo.slips import cased, typed

#: How many dialogues of a hundred have one exchange, two, and so on: as many as the chat template lets through.
LENGTHS = (44, 24, 15, 10, 7)
#: How often something is said that belongs to what was said right before, where there is such a thing.
FOLLOW_UP = 0.5
#: Of a message the model reads this much.
MOST_CHARS = 400


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing said, what it was meant to be, and the answer to learn."""

    intent: str
    says: str
    answer: str


def dialogues(seed: int) -> Iterator[tuple[Exchange, ...]]:
    """Yield dialogues for ever; the same seed yields the same ones. None holds a prompt that is held out."""
    rng = random.Random(seed)  # noqa: S311 -- repeatable on purpose, guards nothing
    while True:
        yield dialogue(rng, rng.choices(range(1, len(LENGTHS) + 1), LENGTHS)[0])


def dialogue(rng: random.Random, length: int) -> tuple[Exchange, ...]:
    """Return `length` exchanges, of which one may follow up the one before it."""
    found: list[Exchange] = []
    while len(found) < length:
        kind = _kind(rng, found[-1].intent if found else "")
        found.append(exchange(rng, kind, frozenset(each.answer for each in found)))
    return tuple(found)


def exchange(rng: random.Random, kind: Intent, used: frozenset[str] = frozenset()) -> Exchange:
    """Return one thing of this kind that somebody might say, with an answer that is not `used` if there is one."""
    while True:
        text = choose(rng.choices(kind.says, kind.variety)[0], rng)
        says = fill(text, rng) if kind.raw else cased(fill(typed(text, rng), rng), rng)
        if not _apart().nearest(says):
            return Exchange(kind.name, says, rng.choice(_unused(kind.answers, used)))


def as_read(text: str) -> str:
    """Return what the chat template makes of what somebody says: shouting is read as speaking."""
    text = text.strip()
    return (text.lower() if text == text.upper() else text)[:MOST_CHARS]


def _kind(rng: random.Random, previous: str) -> Intent:
    plain, following = _kinds()
    if previous in following and rng.random() < FOLLOW_UP:
        return _weighed(rng, following[previous])
    return _weighed(rng, plain)


def _unused(answers: tuple[str, ...], used: frozenset[str]) -> tuple[str, ...]:
    """Return the answers that nobody has had yet, or all where there are none: a joke is told once."""
    return tuple(answer for answer in answers if answer not in used) or answers


def _weighed(rng: random.Random, kinds: tuple[Intent, ...]) -> Intent:
    return rng.choices(kinds, [kind.weight for kind in kinds])[0]


@cache
def _kinds() -> tuple[tuple[Intent, ...], dict[str, tuple[Intent, ...]]]:
    """Return what may be said at any time, and what may be said after what."""
    plain = tuple(kind for kind in intents() if not kind.after)
    following: dict[str, tuple[Intent, ...]] = {}
    for kind in intents():
        for name in sorted(kind.after):
            following[name] = (*following.get(name, ()), kind)
    return plain, following


@cache
def _apart() -> Apart:
    return Apart(prompt.says for part in (DEV, HELD_OUT) for prompt in prompts(part))
