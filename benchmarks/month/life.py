"""A month in which people talk to a persona, made up, the same for a seed: facts among much chatter. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.month.planted import BLANK, SMALL, TEMPLATES, Template, chatter, reply
from tasks.contracts.exchanged import Exchanged

DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000
BEGIN_MS = 20_002 * DAY_MS  # a Sunday
DAYS, CHANGED_FROM = 30, 20
SESSIONS_A_DAY, EXCHANGES = 2, 5
SMALL_TALK, SAID_AGAIN, TOLD_BACK = 0.15, 0.04, 0.05
PERSONA = "wren"
QUOTED = '1. [3 days ago] user: "{}"\n2. [today] user: "{}"'  # how a model repeats what was recalled for it


@dataclass(frozen=True)
class Planted:
    """Something that is asked for later."""

    user: str
    question: str
    answer: str
    before: str = ""
    """What the answer was before it changed."""


@dataclass(frozen=True)
class Month:
    """All that was said, by days, and what is asked at the end."""

    days: tuple[tuple[tuple[Exchanged, ...], ...], ...]
    """Of each day its sessions."""
    planted: tuple[Planted, ...]

    @property
    def conversations(self) -> int:
        """How many sessions there are."""
        return sum(map(len, self.days))


def month(people: int, days: int = DAYS, seed: int = 7, sessions: int = SESSIONS_A_DAY) -> Month:
    """Return a month of so many people."""
    chance = random.Random(seed)
    planted: dict[tuple[str, Template], Planted] = {}
    said: list[list[tuple[Exchanged, ...]]] = [[] for _ in range(days)]
    for number in range(people):
        user, waiting = f"web:person-{number}", iter(chance.sample(TEMPLATES, len(TEMPLATES)))
        told: list[str] = []
        for day in range(days):
            facts = list(_facts(user, day, waiting, planted, chance))
            for session in range(sessions):
                texts = [_line(told, chance) for _ in range(EXCHANGES)]
                if session == 0:
                    for fact, at in zip(facts, chance.sample(range(EXCHANGES), len(facts)), strict=True):
                        texts[at] = fact
                told += texts
                said[day].append(tuple(_session(user, day, session, texts, told, chance)))
    return Month(tuple(map(tuple, said)), tuple(planted.values()))


def _facts(
    user: str,
    day: int,
    waiting: Iterator[Template],
    planted: dict[tuple[str, Template], Planted],
    chance: random.Random,
) -> Iterator[str]:
    """Yield what is told of a day that is worth asking about: one thing, and later one that has changed since."""
    template = next(waiting, None)
    if template is not None:
        answer = chance.choice(template.values)
        planted[user, template] = Planted(user, template.asked, answer)
        yield template.said.replace(BLANK, answer)
    changing = [one for (who, one), was in planted.items() if who == user and one.again and not was.before]
    if day >= CHANGED_FROM and changing and changing[0] is not template:
        was = planted[user, changing[0]]
        now = chance.choice([value for value in changing[0].values if value != was.answer])
        planted[user, changing[0]] = replace(was, answer=now, before=was.answer)
        yield changing[0].again.replace(BLANK, now)


def _line(told: list[str], chance: random.Random) -> str:
    dice = chance.random()
    if dice < SMALL_TALK:
        return chance.choice(SMALL)
    if dice < SMALL_TALK + SAID_AGAIN and told:
        return told[-1]
    return chatter(chance)


def _session(
    user: str, day: int, session: int, texts: list[str], told: list[str], chance: random.Random
) -> Iterator[Exchanged]:
    begin = BEGIN_MS + day * DAY_MS + (9 + 5 * session) * HOUR_MS
    for at, text in enumerate(texts):
        back = QUOTED.format(chance.choice(told), chance.choice(told)) if chance.random() < TOLD_BACK else ""
        number = (day * SESSIONS_A_DAY + session) * EXCHANGES + at + 1
        yield Exchanged(
            number=number,
            first=f"{user}-{number}",
            tenant=user,
            session=f"{user}:{day}:{session}",
            user=user,
            persona=PERSONA,
            channel="",
            direct=True,
            remembered=True,
            question=text,
            reply=back or reply(chance),
            asked_ms=begin + at * MINUTE_MS,
            answered_ms=begin + at * MINUTE_MS + 2_000,
        )
