"""What somebody says of themselves that only one thing can be true of: where they live, what they are called. Pure.

Who says something else later has changed it: the earlier one is superseded. What several things may be true of (what
they like, whom they know) is no statement, unless they say that it is no longer so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasks.contracts.sentences import sentences

_THING = r"(?P<value>[^.!?;\n]{1,80})"
_MINE = (
    r"(?:name|nickname|birthday|address|phone number|e-?mail|job|employer|age|shoe size|time ?zone"
    r"|favou?rite [\w -]{1,30}?|(?:[\w-]+ )?(?:appointment|meeting|flight|exam|deadline|wedding|interview))"
)
_IS = r"(?: is|'s| are| was moved to| will be) (?:now |actually )?(?:called |named |at |on )?"
_WAYS = (
    ("home", re.compile(rf"\bi(?:'m| am)? (?:now )?(?:live|living|moved?|based) (?:now )?(?:in|to) {_THING}", re.I)),
    ("work", re.compile(rf"\bi (?:now )?work (?:now )?(?:at|for|as) {_THING}", re.I)),
    ("name", re.compile(rf"\b(?:please )?call me {_THING}", re.I)),
    ("age", re.compile(r"\bi(?:'m| am) (?:now )?(?P<value>\d{1,3}) years old\b", re.I)),
    ("diet", re.compile(r"\bi(?:'m| am| became) (?:now )?(?:a )?(?P<value>vegan|vegetarian|pescatarian)\b", re.I)),
)
_OF_MINE = re.compile(rf"\bmy (?P<about>{_MINE}){_IS}{_THING}", re.I)
_CHANGED = re.compile(rf"\bmy (?P<about>[a-z][\w '-]{{1,40}}?){_IS}(?:now|no longer|not any ?more) ?{_THING}", re.I)
_ASKS = re.compile(r"\?\s*$")
_TAIL = re.compile(r"\b(?:now|actually|instead|any ?more|since|because|and|but|so|which|,).*$", re.I)
_SPELLED = {"favourite": "favorite", "colour": "color", "e-mail": "email", "nickname": "name", "time zone": "timezone"}


@dataclass(frozen=True)
class Statement:
    """What was said, and of what: `about` is the same where it is about the same."""

    about: str
    value: str


def stated(sentence: str) -> Statement | None:
    """Return what a sentence states of whoever says it, if anything.

    >>> stated("I moved to Porto, at last."), stated("My favourite colour is green now!")
    (Statement(about='home', value='porto'), Statement(about='favorite color', value='green'))
    >>> stated("Is my birthday on 3 May?"), stated("My dog is tired.")
    (None, None)
    """
    if _ASKS.search(sentence):
        return None
    for about, way in _WAYS:
        if found := way.search(sentence):
            return _of(about, found["value"])
    for way in (_OF_MINE, _CHANGED):
        if found := way.search(sentence):
            return _of(found["about"], found["value"])
    return None


def only(text: str) -> Statement | None:
    """Return what a text states where that is all it says: such a text can be superseded whole."""
    said = sentences(text)
    return stated(said[0]) if len(said) == 1 else None


def _of(about: str, value: str) -> Statement | None:
    plain = " ".join(_TAIL.sub("", value).casefold().split()).strip(" ,'\"")
    name = " ".join(about.casefold().split())
    for other, usual in _SPELLED.items():
        name = name.replace(other, usual)
    return Statement(name, plain) if plain else None
