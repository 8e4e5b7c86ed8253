"""The kinds of things that people say to the demo model, read from `phrases/*.toml`, and how patterns become texts."""

from __future__ import annotations

import hashlib
import random
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import prod, sqrt
from pathlib import Path
from typing import Any

PHRASE_FILES = ("smalltalk", "about", "connect", "care", "questions", "odd", "languages", "recall")
#: A pattern that can say many things is drawn more often than one that can say few, up to this many.
MOST_VARIETY = 400
LONG_TEXT_WORDS = (40, 220)
#: How often a word gives way to one that does not exist: what nobody knows must not be answered either.
MADE_UP = 0.15
#: How often a name has its capital.
CAPITAL = 0.65

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{(\w+)\}")
_ONSETS = ("b", "br", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "sh", "st", "t", "tr", "v", "w")
_RIMES = ("a", "an", "ar", "e", "el", "en", "er", "i", "in", "is", "o", "on", "or", "ot", "u", "um", "y", "ia", "ette")
_FILLERS = ("the", "a", "of", "and", "to", "in", "is", "was", "it", "that", "we", "they", "with", "for", "not", "on")
_PROPER = ("name", "country", "city", "person", "home")


@dataclass(frozen=True, slots=True)
class Intent:
    """One kind of thing that people say."""

    name: str
    weight: float
    says: tuple[str, ...]
    answers: tuple[str, ...]
    variety: tuple[float, ...]
    #: It is said only right after one of these, where there are any.
    after: frozenset[str]
    #: It is typed as it stands, without slips.
    raw: bool


@cache
def intents() -> tuple[Intent, ...]:
    """Return every kind of thing that people say to the demo model."""
    return tuple(_intent(name, entry) for file in PHRASE_FILES for name, entry in table(f"phrases/{file}.toml").items())


@cache
def words() -> dict[str, tuple[str, ...]]:
    """Return the words that fill each slot."""
    return {slot: tuple(text.split(", ")) for slot, text in table("phrases/words.toml").items()}


def table(name: str) -> dict[str, Any]:
    """Return a TOML file of this package."""
    return tomllib.loads(files("workers.demo").joinpath(name).read_text("utf-8"))


def choose(pattern: str, rng: random.Random) -> str:
    """Return `pattern` with every choice made, from the inside out, and every slot still open."""
    while (found := _CHOICE.search(pattern)) is not None:
        pattern = pattern[: found.start()] + rng.choice(found[1].split("|")) + pattern[found.end() :]
    return re.sub(r" {2,}", " ", pattern).replace(" ,", ",").strip()


def fill(text: str, rng: random.Random) -> str:
    """Return `text` with every slot filled."""
    return SLOT.sub(lambda slot: _word(slot[1], rng), text)


def _word(slot: str, rng: random.Random) -> str:
    if slot == "number":
        return str(rng.randrange(10 ** rng.randint(1, 4)))
    if slot == "gibberish":
        return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(3, 9)))
    if slot == "same":
        return rng.choice(string.ascii_lowercase + "!?.1") * rng.randint(5, 300)
    if slot == "long":
        return " ".join(_any_word(rng) for _ in range(rng.randint(*LONG_TEXT_WORDS)))
    if slot == "odd" or rng.random() < MADE_UP:
        word = "".join(rng.choice(_ONSETS) + rng.choice(_RIMES) for _ in range(rng.randint(2, 3)))
    else:
        word = rng.choice(words()[slot])
    return word.title() if slot in _PROPER and rng.random() < CAPITAL else word


def _any_word(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return rng.choice(_FILLERS)
    return rng.choice(words()[rng.choice(("noun", "verb", "adjective", "thing"))])


def _intent(name: str, entry: Mapping[str, Any]) -> Intent:
    says = tuple(entry["says"])
    return Intent(
        name=name,
        weight=float(entry["weight"]),
        says=says,
        answers=tuple(entry["answers"]),
        variety=tuple(_variety(pattern) for pattern in says),
        after=frozenset(entry.get("after", ())),
        raw=entry.get("raw", False),
    )


def _variety(pattern: str) -> float:
    options = prod(len(found[1].split("|")) for found in _CHOICE.finditer(pattern))
    return sqrt(min(options * (4 if SLOT.search(pattern) else 1), MOST_VARIETY))


def data_hash() -> str:
    """Return the hash of the phrases that the dialogues are made of."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).with_name("phrases").glob("*.toml")):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()
