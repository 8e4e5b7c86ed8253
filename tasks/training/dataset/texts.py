"""What makes two texts the same: case, blanks and marks do not count. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
import zlib

GRAM_CHARS = 4


def plain(text: str) -> str:
    """Return the letters, digits and signs of a text, in one case, with one blank between words.

    A text of marks alone stays as it is.

    >>> plain("  Arr,  MATEY! "), plain("?!")
    ('arr matey', '?!')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = folded.translate(_COUNTED).split()
    return " ".join(words) or "".join(folded.split())


def text_hash(text: str) -> str:
    """Return what two texts have in common exactly when they are the same.

    >>> text_hash("Aye!") == text_hash("aye")
    True
    """
    return hashlib.sha256(plain(text).encode("utf-8", "replace")).hexdigest()


def grams(text: str) -> frozenset[int]:
    """Return numbers for all pieces of `GRAM_CHARS` characters of a text: the more two share, the nearer they are."""
    bare = plain(text)
    pieces = {bare[at : at + GRAM_CHARS] for at in range(max(len(bare) - GRAM_CHARS + 1, 1))}
    return frozenset(zlib.crc32(piece.encode("utf-8", "replace")) for piece in pieces)


def likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """Return how much of what either has both have: 0 to 1 (Jaccard).

    >>> likeness(frozenset({1, 2, 3}), frozenset({2, 3, 4}))
    0.5
    """
    return len(one & other) / len(one | other)


class _Counted(dict[int, int]):
    """Leaves letters, marks above them, numbers and signs as they are, and makes blanks of the rest."""

    def __missing__(self, code: int) -> int:
        self[code] = code if unicodedata.category(chr(code))[0] in "LMNS" else ord(" ")
        return self[code]


_COUNTED = _Counted()
