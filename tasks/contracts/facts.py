"""What a text states that can be looked for in another one: numbers, dates, names. Pure.

A summary that keeps them is not proved right, and one that loses them is proved wrong; both without any model.
"""

from __future__ import annotations

import re

MOST_CHARS = 200_000  # of a text that is looked through
_NUMBER = re.compile(r"\b\w*\d\w*(?:[.,:/-]\w*\d\w*)*")
_NAME = re.compile(r"(?:(?<=\w[ \t])|(?<=[,;:(\"'“‘-] )|(?<=[(\"'“‘]))[A-ZÀ-ÖØ-Þ][\w'’-]*")
_NO_NAMES = frozenset({"i", "i'm", "i’m", "i'll", "i’ll", "i've", "i’ve", "i'd", "i’d", "ok"})


def facts(text: str) -> frozenset[str]:
    """Return the numbers and names that stand in a text; a word that only begins a sentence is no name.

    >>> sorted(facts("We meet Ann on 3 May at 10:30. Bring tea."))
    ['10:30', '3', 'ann', 'may']
    """
    text = text[:MOST_CHARS]
    names = (found[0].casefold().removesuffix("'s").removesuffix("’s") for found in _NAME.finditer(text))
    return frozenset(_NUMBER.findall(text.casefold())) | (frozenset(names) - _NO_NAMES)


def kept(before: str, after: str) -> float:
    """Return which part of what one text states another one states too, from 0 to 1; 1 where there was nothing.

    >>> kept("Ann has 3 owls", "3 owls"), kept("tea", "")
    (1.0, 1.0)
    """
    stated = facts(before)
    said = after.casefold()
    there = sum(_stands_in(fact, said) for fact in stated)
    return there / len(stated) if stated else 1.0


def _stands_in(fact: str, said: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(fact)}(?!\w)", said) is not None
