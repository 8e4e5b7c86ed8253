"""How much something that was said is worth keeping, from 0 to 1: cheap, and always the same for the same. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from tasks.memory.terms import terms
from tasks.memory.values import Kind, Memory
from tasks.memory.weighing import DAY_MS, recency

_ASKED = re.compile(
    r"\b(?:please )?(?:remember|don'?t forget|keep in mind|note that|merke dir|vergiss nicht|souviens-toi)\b", re.I
)
_ABOUT_ME = re.compile(
    r"\b(?:my (?:name|birthday|wife|husband|partner|daughter|son|mother|father|dog|cat|job|address|favou?rite)"
    r"|i (?:am|live|work|was born|like|love|hate|prefer|can'?t stand|am allergic|always|never|moved|got)"
    r"|i'?m (?:allergic|from|called|a)|call me)\b",
    re.I,
)
_PROMISE = re.compile(
    r"\b(?:i will|i'?ll|we will|we'?ll|let'?s|i promise|by (?:monday|tomorrow|next)|deadline|due)\b", re.I
)
_NUMBER = re.compile(r"\d")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-ZÀ-Þ][\w'-]+")
_WORD = re.compile(r"\w+")
_SMALL_WORDS = """
ok okay k yes no yeah nope thanks ty lol hi hello hey bye cool nice wow hm hmm haha hahaha sure right
"""
_SMALL_TALK = frozenset(_SMALL_WORDS.split())
_SMALL_PHRASES = frozenset({"thank you", "good morning", "good night", "thanks a lot", "see you", "no problem"})
JUNK = 0.05  # what says nothing is worth that, and is not recalled
ENOUGH_TERMS = 12


@dataclass(frozen=True)
class Signs:
    """What else is known of something that was said."""

    liked: int = 0
    disliked: int = 0
    answered: bool = False
    times: int = 1
    """How often the same was said."""


NO_SIGNS = Signs()


def importance(text: str, signs: Signs = NO_SIGNS, *, asked_for: bool = False) -> float:
    """Return how much a text is worth keeping; `asked_for` says that somebody wanted it remembered.

    >>> importance("lol") < importance("The weather is nice today") < importance("My birthday is on 3 May")
    True
    """
    if says_nothing(text):
        return JUNK
    worth = 0.1 + 0.15 * min(1.0, len(terms(text)) / ENOUGH_TERMS)
    worth += 0.25 * bool(_ABOUT_ME.search(text)) + 0.1 * bool(_PROMISE.search(text))
    worth += 0.1 * bool(_NUMBER.search(text)) + 0.05 * min(2, len(_NAME.findall(text)))
    worth += 0.05 * min(3, signs.liked) - 0.05 * min(3, signs.disliked) + 0.02 * signs.answered
    worth += 0.1 * math.log2(max(1, signs.times))
    if asked_for or _ASKED.search(text):
        worth = max(worth, 0.85) + 0.02 * math.log2(max(1, signs.times))
    return min(1.0, max(0.0, worth))


def says_nothing(text: str) -> bool:
    """Return whether a text is small talk, or no words at all.

    >>> says_nothing("Ok, thanks!"), says_nothing("…"), says_nothing("Ok, the 3rd of May then.")
    (True, True, False)
    """
    words = _WORD.findall(text.casefold()[:200])
    return all(word in _SMALL_TALK for word in words) or " ".join(words) in _SMALL_PHRASES


def worth_now(memory: Memory, now_ms: int) -> float:
    """Return what a memory is worth today: it grows with use and fades with time, what is pinned does not fade.

    From 0 to 1, and never less for one that is more recent, was recalled more often, or was more important.
    """
    if memory.pinned:
        return 1.0
    used = 0.1 * math.log2(1 + memory.recalls)
    fresh = 0.2 * recency(max(memory.at_ms, memory.recalled_ms), now_ms)
    return min(1.0, 0.8 * memory.importance + used + fresh)


def may_go(memory: Memory, now_ms: int, threshold: float, after_days: float = 90.0) -> bool:
    """Return whether a memory may be forgotten: old enough, worth less than `threshold`, and nobody pinned it."""
    old = now_ms - memory.at_ms > after_days * DAY_MS
    return old and not memory.pinned and memory.kind is not Kind.TASK and worth_now(memory, now_ms) < threshold
