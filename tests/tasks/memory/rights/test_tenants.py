"""People who are in several places at once: whatever they say, want and ask there, they are told what is theirs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.memory.people import Rights

PEOPLE = ("discord:1", "discord:2", "discord:3")
CHANNELS = {"discord:10": "discord:g", "discord:11": "discord:g", "discord:20": "discord:h"}  # and their guilds
PLACES = ("", *CHANNELS)  # "": alone with a persona
MOVES = 50


@pytest.fixture
def hall(redis_url: str, tmp_path: Path) -> Iterator[Rights]:
    made = Rights(redis_url, tmp_path, most=50, budget_tokens=8_000)
    yield made
    made.close()


@dataclass(frozen=True)
class Said:
    """What somebody said, or had remembered as a fact, in a place."""

    word: str
    person: str
    place: str
    fact: bool

    def is_for(self, person: str, place: str) -> bool:
        """Return whether it may be told to a person in a place."""
        if not (self.place and place):
            return self.person == person and self.place == place
        own = self.fact and self.person == person and CHANNELS[self.place] == CHANNELS[place]
        return own or (self.place == place and not (self.fact and self.person != person))


def where(place: str) -> dict[str, Any]:
    return {"direct": False, "tenant": CHANNELS[place], "channel": place} if place else {"direct": True}


def recalled(hall: Rights, person: str, place: str, session: str) -> str:
    text = "what was the secret garden?"
    claim = hall.ask(text if not place else f"P: {text}", session, user=person, **where(place))
    assert hall.flock.finish(claim, "ok")
    return claim.recalled


def words_in(text: str, known: list[Said]) -> set[str]:
    return {one.word for one in known if one.word in text}


@pytest.mark.parametrize("seed", [1])
def test_nobody_is_told_what_is_not_theirs_whatever_is_said_wanted_and_forgotten(hall: Rights, seed: int) -> None:
    chance = random.Random(seed)
    known: list[Said] = []
    gone: list[Said] = []
    told = 0
    for number in range(MOVES):
        person, place = chance.choice(PEOPLE), chance.choice(PLACES)
        said = Said(f"garden{number:03}x", person, place, fact=chance.random() < 0.3)
        text = f"the secret garden is {said.word}"
        if said.fact:
            hall.wish("remember", text, person=person, **where(place))
        else:
            hall.tell(f"P: {text}" if place else text, f"t{number}", reply="ok", user=person, **where(place))
        known.append(said)
        if chance.random() < 0.25:
            hall.remember()
            asker, at = chance.choice(PEOPLE), chance.choice(PLACES)
            found = words_in(recalled(hall, asker, at, f"q{number}"), [*known, *gone])
            assert found <= {one.word for one in known if one.is_for(asker, at)}
            told += len(found)
        if chance.random() < 0.1:
            who = chance.choice(PEOPLE)
            mine = [one for one in known if one.person == who]
            if mine and chance.random() < 0.7:
                mine = [chance.choice(mine)]
                hall.wish("forget", mine[0].word, person=who)
            else:
                hall.flock.client.execute_command("DEBUG", "SLEEP", "0.002")
                hall.wish("forget", person=who)
                hall.flock.client.execute_command("DEBUG", "SLEEP", "0.002")
            known, gone = [one for one in known if one not in mine], [*gone, *mine]
    hall.remember()
    for person in PEOPLE:
        for place in PLACES:
            listed = hall.wish("list", person=person, limit=200, **where(place)).words
            mine = [one for one in known if one.person == person and not (place and not one.place)]
            assert words_in(listed, [*known, *gone]) == {one.word for one in mine}
            found = words_in(recalled(hall, person, place, f"end{person}{place}"), [*known, *gone])
            assert found <= {one.word for one in known if one.is_for(person, place)}
            told += len(found)
    assert told > 30
