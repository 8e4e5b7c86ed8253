"""Says whether two texts are the same but for their typing: what keeps prompts apart from dialogues. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: The share of letter groups that two texts may have in common and still be two.
NEAR = 0.7
GRAM = 3

_NOT_WORDS = re.compile(r"[^\w]+")


def key(text: str) -> str:
    """Return `text` without case, blanks and punctuation."""
    return _NOT_WORDS.sub("", text.lower()) or "".join(text.split())


def grams(text: str) -> frozenset[str]:
    """Return the groups of three neighbouring letters in the key of `text`, its edges marked."""
    marked = f"^{key(text)}$"
    return frozenset(marked[at : at + GRAM] for at in range(max(1, len(marked) - GRAM + 1)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of groups that two texts have in common, of all that they have."""
    return len(one & other) / len(one | other)


class Apart:
    """A set of texts that others must stay away from."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._keys: dict[str, str] = {}
        self._grams: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for text in texts:
            self._keys[key(text)] = text
            held = grams(text)
            for gram in held:
                self._grams.setdefault(gram, []).append((text, held))

    def nearest(self, text: str) -> str:
        """Return the text that `text` repeats, exactly or nearly, or "" when there is none."""
        if (same := self._keys.get(key(text))) is not None:
            return same
        own = grams(text)
        shared: dict[str, int] = {}
        sizes: dict[str, int] = {}
        for gram in own:
            for other, held in self._grams.get(gram, ()):
                shared[other] = shared.get(other, 0) + 1
                sizes[other] = len(held)
        for other, common in shared.items():
            if common >= NEAR * (len(own) + sizes[other] - common):
                return other
        return ""
