"""Is what was learned language? In language the order of letters and of words matters, in noise it does not. Pure.

Who has learned how somebody writes finds a line of theirs likelier than the same words, or the same letters, in another
order. Of noise every order is as likely as any other: a line is found likelier than half of the others, by chance. That
holds for every language and for every model, and needs no list of words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from enum import StrEnum

SHUFFLES = 3  # of each kind, of each line
LEAST_LETTERS, LEAST_WORDS = 12, 4  # of a line; fewer have too few orders
SHUFFLED_LETTERS = 4  # of a word; in shorter ones order says little
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


class Kind(StrEnum):
    """What is put into another order."""

    LETTERS = "letters"
    """Within each word."""
    WORDS = "words"
    """Marks and capitals stay where they are."""
    PHRASES = "words and marks"


def shuffled(text: str, kind: Kind, seed: str) -> list[str]:
    """Return a text in `SHUFFLES` other orders, always the same ones; none, of what is too short to tell.

    >>> shuffled("Avast, the captain sings!", Kind.PHRASES, "1")[:2]
    ['the captain sings! Avast,', 'sings! Avast, the captain']
    """
    rng = random.Random(f"{seed}:{kind.value}")  # noqa: S311 -- repeatable on purpose, guards nothing
    if not _ENOUGH[kind](text):
        return []
    tried = (_OTHER[kind](text, rng) for _ in range(4 * SHUFFLES))
    return list(dict.fromkeys(other for other in tried if other != text))[:SHUFFLES]


def beaten(own: float, others: Sequence[float]) -> float:
    """Return the share of other orders that are less likely than a line's own, by their nats; equal ones count half.

    >>> beaten(2.0, [3.0, 2.0, 1.0, 5.0])
    0.625
    """
    return sum(1.0 if other > own else 0.5 if other == own else 0.0 for other in others) / len(others)


def _mixed_letters(text: str, rng: random.Random) -> str:
    def mixed(found: re.Match[str]) -> str:
        word = found.group()
        if len(word) < SHUFFLED_LETTERS:
            return word
        turned = "".join(rng.sample(word.lower() if word.istitle() else word, len(word)))
        return turned.capitalize() if word.istitle() else turned

    return _WORD.sub(mixed, text)


def _mixed_words(text: str, rng: random.Random) -> str:
    words = _WORD.findall(text)
    leads = words[0].istitle()
    others = rng.sample([words[0].lower(), *words[1:]] if leads else words, len(words))
    if leads:
        others[0] = others[0][:1].upper() + others[0][1:]
    return _WORD.sub(lambda _found: others.pop(0), text)


def _mixed_phrases(text: str, rng: random.Random) -> str:
    return " ".join(rng.sample(text.split(), len(text.split())))


def _has_letters(text: str) -> bool:
    long = [word for word in _WORD.findall(text) if len(word) >= SHUFFLED_LETTERS and len(set(word)) > 1]
    return sum(map(len, long)) >= LEAST_LETTERS


def _has_words(text: str) -> bool:
    return len(set(_WORD.findall(text))) >= LEAST_WORDS


def _has_phrases(text: str) -> bool:
    return len(set(text.split())) >= LEAST_WORDS


_OTHER: dict[Kind, Callable[[str, random.Random], str]] = {
    Kind.LETTERS: _mixed_letters,
    Kind.WORDS: _mixed_words,
    Kind.PHRASES: _mixed_phrases,
}
_ENOUGH: dict[Kind, Callable[[str], bool]] = {
    Kind.LETTERS: _has_letters,
    Kind.WORDS: _has_words,
    Kind.PHRASES: _has_phrases,
}
