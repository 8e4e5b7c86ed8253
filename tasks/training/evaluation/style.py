"""How far an answer is, on its surface, from how somebody writes: length, marks, letters in a row. Pure."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LETTERS_IN_A_ROW = 3
FAR = 4.0  # times longer or shorter: as far as length alone can be
CAPITAL, EMOJI, SHOUTED = "capital", "emoji", "shouted"


@dataclass(frozen=True)
class Manner:
    """How somebody writes, as far as it can be counted."""

    length: float
    """The mean logarithm of words and one."""
    marks: dict[str, float]
    """How many of each mark there are for each word: punctuation, emoji, first letters that are large, whole words."""
    rows: Counter[str]
    """How often these letters follow each other."""


def manner(lines: Sequence[str]) -> Manner:
    """Return how the lines of somebody are written; of none it is that of silence."""
    words = sum(len(line.split()) for line in lines)
    marks = Counter(mark for line in lines for mark in _marks(line))
    return Manner(
        length=sum(math.log1p(len(line.split())) for line in lines) / max(1, len(lines)),
        marks={mark: count / max(1, words) for mark, count in marks.items()},
        rows=Counter(row for line in lines for row in _rows(line)),
    )


def distance(said: str, author: Manner) -> float:
    """Return how unlike a text is to how an author writes: 0 (the same) to 1; that of nothing said is 1.

    It is the mean of three: how much longer or shorter it is, by a factor; how differently it uses marks (Bray and
    Curtis); and how different the letters in a row are (one less their cosine).
    """
    if not said.strip():
        return 1.0
    own = manner([said])
    length = min(1.0, abs(own.length - author.length) / math.log(FAR))
    return (length + _unlike(own.marks, author.marks) + 1 - _cosine(own.rows, author.rows)) / 3


def _marks(line: str) -> Iterable[str]:
    for letter in line:
        kind = unicodedata.category(letter)
        if kind[0] == "P" or letter == "\n":
            yield letter
        elif kind[0] == "S":
            yield EMOJI if kind == "So" else letter
    for word in line.split():
        if len(word) > 1 and word.isupper():
            yield SHOUTED
        elif word[0].isupper():
            yield CAPITAL


def _rows(line: str) -> Iterable[str]:
    padded = f" {' '.join(line.split())} "
    return (padded[at : at + LETTERS_IN_A_ROW] for at in range(max(1, len(padded) - LETTERS_IN_A_ROW + 1)))


def _unlike(one: dict[str, float], other: dict[str, float]) -> float:
    whole = sum(one.values()) + sum(other.values())
    if not whole:
        return 0.0
    return sum(abs(one.get(mark, 0.0) - other.get(mark, 0.0)) for mark in sorted({*one, *other})) / whole


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    size = math.sqrt(sum(count * count for count in one.values()) * sum(count * count for count in other.values()))
    return sum(count * other[row] for row, count in one.items()) / size if size else 0.0
