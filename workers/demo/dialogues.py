"""Writes the dialogues that the demo model learns from: pure, seeded, endless."""

from __future__ import annotations

import random
import re
import string
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import prod, sqrt
from typing import Any

PHRASE_FILES = ("smalltalk", "about", "care", "questions")
HELD_OUT_PARTS = ("looked_at", "judged_once")
#: A pattern that can say many things is drawn more often than one that can say few, up to this many.
MOST_VARIETY = 400
#: Every second dialogue has an exchange before the one that counts.
EARLIER_EXCHANGE = 0.5
TYPO = 0.05
AFFIX = 0.06
LONG_TEXT_WORDS = (40, 220)
#: How often a word gives way to one that does not exist: what nobody knows must not be answered either.
MADE_UP = 0.15

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_NOT_WORDS = re.compile(r"[^\w]+")
_ENDINGS = ("", "", "", "{own}", "{own}", "{own}", ".", "!", "?", "??", "!!", "...", " :)")
_PREFIXES = ("hey, ", "hi, ", "hello! ", "ok, ", "so, ", "well, ", "um, ", "please ", "rookery, ", "bot, ", "oh, ")
_SUFFIXES = (" please", " then", " now", " today", " thanks", " right now", " bot", " for me", " ok", " my friend")
_ONSETS = ("b", "br", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "sh", "st", "t", "tr", "v", "w")
_RIMES = ("a", "an", "ar", "e", "el", "en", "er", "i", "in", "is", "o", "on", "or", "ot", "u", "um", "y", "ia", "ette")
_FILLERS = ("the", "a", "of", "and", "to", "in", "is", "was", "it", "that", "we", "they", "with", "for", "not", "on")
_QUESTION = re.compile(
    r"(what|who|where|when|why|how|which|is|are|am|was|do|does|did|can|could|will|would|should|may|has|have|any)"
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One thing said, what it was meant to be, and the answer to learn."""

    intent: str
    says: str
    answer: str


@dataclass(frozen=True, slots=True)
class Intent:
    """One kind of thing that people say."""

    name: str
    weight: float
    says: tuple[str, ...]
    answers: tuple[str, ...]
    variety: tuple[float, ...]


@cache
def intents() -> tuple[Intent, ...]:
    """Return every kind of thing that people say to the demo model."""
    found = []
    for name in PHRASE_FILES:
        for intent, table in _table(f"phrases/{name}.toml").items():
            says = tuple(table["says"])
            variety = tuple(_variety(pattern) for pattern in says)
            found.append(Intent(intent, float(table["weight"]), says, tuple(table["answers"]), variety))
    return tuple(found)


@cache
def words() -> dict[str, tuple[str, ...]]:
    """Return the words that fill each slot."""
    return {slot: tuple(text.split(", ")) for slot, text in _table("phrases/words.toml").items()}


@cache
def held_out(part: str) -> tuple[tuple[str, str], ...]:
    """Return the prompts of one part of `held_out.toml`, which no dialogue holds, each after its intent."""
    table = _table("held_out.toml")[part]
    return tuple((intent, prompt) for intent, prompts in table.items() for prompt in prompts)


def dialogues(seed: int) -> Iterator[tuple[Exchange, ...]]:
    """Yield dialogues of one or two exchanges for ever; the same seed yields the same ones."""
    rng = random.Random(seed)  # noqa: S311 -- repeatable on purpose, guards nothing
    while True:
        exchanges = 2 if rng.random() < EARLIER_EXCHANGE else 1
        yield tuple(exchange(rng) for _ in range(exchanges))


def exchange(rng: random.Random) -> Exchange:
    """Return one thing that somebody might say, with an answer; never a prompt that is held out."""
    kinds = intents()
    kind = rng.choices(kinds, [each.weight for each in kinds])[0]
    forbidden = _held_out_keys()
    while True:
        pattern = rng.choices(kind.says, kind.variety)[0]
        says = _vary(expand(pattern, rng), rng)
        if not any(prompt in key(says) for prompt in forbidden):
            return Exchange(kind.name, says, rng.choice(kind.answers))


def key(text: str) -> str:
    """Return `text` without case, spaces and punctuation: what two prompts are compared by."""
    return _NOT_WORDS.sub("", text.lower())


def expand(pattern: str, rng: random.Random) -> str:
    """Return `pattern` with every choice made and every slot filled."""
    while (found := _CHOICE.search(pattern)) is not None:
        pattern = pattern[: found.start()] + rng.choice(found[1].split("|")) + pattern[found.end() :]
    text = _SLOT.sub(lambda slot: _fill(slot[1], rng), pattern)
    return re.sub(r" {2,}", " ", text).replace(" ,", ",").strip()


def _fill(slot: str, rng: random.Random) -> str:
    if slot == "number":
        return str(rng.randrange(10 ** rng.randint(1, 4)))
    if slot == "gibberish":
        return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(3, 9)))
    if slot == "long":
        return " ".join(_any_word(rng) for _ in range(rng.randint(*LONG_TEXT_WORDS)))
    if slot == "odd" or rng.random() < MADE_UP:
        return "".join(rng.choice(_ONSETS) + rng.choice(_RIMES) for _ in range(rng.randint(2, 3)))
    return rng.choice(words()[slot])


def _any_word(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return rng.choice(_FILLERS)
    return rng.choice(words()[rng.choice(("noun", "verb", "adjective", "thing"))])


def _vary(text: str, rng: random.Random) -> str:
    """Return `text` as another person would type it: with or without marks, hedges and the odd slip."""
    own = "?" if _asks(text) else "."
    text = rng.choice(_PREFIXES) + text if rng.random() < AFFIX else text
    text = text + rng.choice(_SUFFIXES) if rng.random() < AFFIX else text
    if text[-1:].isalnum():
        text += rng.choice(_ENDINGS).format(own=own)
    text = text.replace("'", rng.choice(("'", "'", "’", "")))
    text = _slip(text, rng) if rng.random() < TYPO else text
    return rng.choice((text, text, text[:1].upper() + text[1:], text.upper()))


def _asks(text: str) -> bool:
    return _QUESTION.match(text.lower()) is not None


def _slip(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(("", text[at : at + 1] * 2)) + text[at + 1 :]


def _variety(pattern: str) -> float:
    options = prod(len(found[1].split("|")) for found in _CHOICE.finditer(pattern))
    return sqrt(min(options * (4 if _SLOT.search(pattern) else 1), MOST_VARIETY))


@cache
def _held_out_keys() -> frozenset[str]:
    return frozenset(key(prompt) for part in HELD_OUT_PARTS for _, prompt in held_out(part))


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("workers.demo").joinpath(name).read_text("utf-8"))
