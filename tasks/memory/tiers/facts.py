"""What in a text can be told to be missing elsewhere: numbers, names and dates. Pure."""

from __future__ import annotations

import re
import unicodedata

LEAST_KEPT = 0.75  # of the facts; a summary that keeps fewer is none
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_SENTENCE_END = frozenset('.!?…:\n"“”')
_CALENDAR = """
monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
october november december
"""
_DATES = frozenset(_CALENDAR.split())
_NOBODY = frozenset({"i", "i'm", "i've", "i'll", "i'd", "ok"})


def facts(text: str) -> frozenset[str]:
    """Return the numbers, names and dates of a text, folded.

    A name is a word with a capital within a sentence: at its beginning every word has one.

    >>> sorted(facts("We meet Ann on Friday at 10:30, don't we? Bring cake."))
    ['10:30', 'ann', 'friday']
    """
    return frozenset(_folded(number) for number in _NUMBER.findall(text)) | _names(text)


def kept(before: str, after: str) -> float:
    """Return the share of the facts in `before` that `after` still has; 1 where there are none.

    >>> kept("Ann pays 20 on Friday, not Bob.", "On Friday 20 are paid by Ann.")
    0.75
    """
    wanted = facts(before)
    if not wanted:
        return 1.0
    said = {_folded(word) for word in (*_NUMBER.findall(after), *_WORD.findall(after))}
    said |= {word.removesuffix("'s") for word in said}
    return len(wanted & said) / len(wanted)


def _names(text: str) -> frozenset[str]:
    found = set()
    for match in _WORD.finditer(text):
        word = _folded(match[0])
        if word in _DATES or (match[0][0].isupper() and word not in _NOBODY and not _begins(text, match.start())):
            found.add(word.removesuffix("'s"))
    return frozenset(found)


def _begins(text: str, at: int) -> bool:
    """Return whether a sentence begins there."""
    before = text[:at].rstrip(" \t-*•>(")
    return not before or before[-1] in _SENTENCE_END


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word.casefold()).replace("’", "'")
