"""Text as one compares it: without case, accents, width, invisible marks and letters of other scripts. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

ACCENTS = frozenset({1, *range(10, 36), *range(200, 241)})
"""Combining classes of marks that change how a letter sounds, not which one it is.

Vowel signs and tone marks of the scripts of India and South East Asia are in none of them: they make other words.
"""
LATIN = "LATIN"
_ASCII = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")
#: Letters that look like Latin ones. A word that is all of one script is left alone: it is a word of that script.
LOOKALIKES = str.maketrans("авекмнорстухіјѕԁɡαβενορτυχικ", "abekmhopctyxijsdgabevoptuxik")


@dataclass(slots=True)
class Token:
    """A word, or a single sign that is none; `start` and `end` are where it stands in the text as it was written."""

    text: str
    start: int
    end: int
    is_word: bool


def tokens(text: str) -> list[Token]:
    """Return the words and signs of a text, folded. Where a script leaves no blanks, each character is a word.

    >>> [token.text for token in tokens("Ça VA, Zoë?")]
    ['ca', 'va', ',', 'zoe', '?']
    """
    if text.isascii():
        return [
            Token(found[0], found.start(), found.end(), found[0].isalnum()) for found in _ASCII.finditer(text.lower())
        ]
    found: list[Token] = []
    letters: list[list[str]] = []  # of each: a word may be as long as a book
    for at, char in enumerate(text):
        kept = _folded(char)
        last = found[-1] if found else None
        touches = last is not None and last.end == at
        if not kept:  # an accent, or something that nobody sees: part of what it follows
            if touches and last is not None:
                last.end += 1
        elif kept.isspace():
            continue
        elif touches and last is not None and _joins(kept, last):
            letters[-1].append(kept)
            last.end += 1
        else:
            found.append(Token(kept, at, at + 1, _is_letter(kept)))
            letters.append([kept])
    for token, parts in zip(found, letters, strict=True):
        token.text = _in_one_script("".join(parts))
    return found


def _joins(kept: str, last: Token) -> bool:
    if unicodedata.category(kept[0])[0] == "M":
        return True
    return last.is_word and _is_letter(kept) and not (_stands_alone(kept[0]) or _stands_alone(last.text[0]))


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    if char.isascii():
        return char.lower()
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return "".join(part for part in parts if not _unseen(part))


def _unseen(char: str) -> bool:
    return unicodedata.combining(char) in ACCENTS or unicodedata.category(char) == "Cf"


def _is_letter(text: str) -> bool:
    return text[0].isalnum()


@lru_cache(maxsize=4096)
def _stands_alone(char: str) -> bool:
    """Return whether a character is of a script that sets no blanks between words."""
    if char.isascii():
        return False
    name = unicodedata.name(char, "")
    return name.startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"))


def _in_one_script(word: str) -> str:
    if word.isascii():
        return word
    scripts = {unicodedata.name(char, "").partition(" ")[0] for char in word if char.isalpha()}
    return word.translate(LOOKALIKES) if LATIN in scripts and len(scripts) > 1 else word
