"""What in a text can be told to be missing elsewhere: numbers, names and dates. Pure.

A summary that keeps them is not proved right, and one that loses them is proved wrong; both without any model.
"""

from __future__ import annotations

import re
import unicodedata

LEAST_KEPT = 0.75  # of the facts; a summary that keeps fewer is none
MOST_CHARS = 200_000  # of a text that is looked through
_NUMBER = re.compile(r"(?<!\w)[^\W\d_]+\d\w*|\d+(?:[.,:/-]\d+)*")  # A380 is one; of 3pm and 3 pm it is the 3
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
    text = _plain(text)
    return frozenset(number.casefold() for number in _NUMBER.findall(text)) | _names(text)


def kept(before: str, after: str) -> float:
    """Return the share of the facts in `before` that `after` still has, as whole words; 1 where there are none.

    >>> kept("Ann pays 20 on Friday, not Bob.", "On Friday 20 are paid by Ann.")
    0.75
    """
    wanted = facts(before)
    if not wanted:
        return 1.0
    after = _plain(after)
    said = {word.casefold() for word in (*_NUMBER.findall(after), *_WORD.findall(after))}
    said |= {word.removesuffix("'s") for word in said}
    return len(wanted & said) / len(wanted)


def _names(text: str) -> frozenset[str]:
    found = set()
    for match in _WORD.finditer(text):
        word = match[0].casefold()
        if word in _DATES or (match[0][0].isupper() and word not in _NOBODY and not _begins(text, match.start())):
            found.add(word.removesuffix("'s"))
    return frozenset(found)


def _begins(text: str, at: int) -> bool:
    """Return whether a sentence begins there."""
    while at and text[at - 1] in " \t-*•>(":
        at -= 1
    return not at or text[at - 1] in _SENTENCE_END


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:MOST_CHARS]).replace("’", "'")
