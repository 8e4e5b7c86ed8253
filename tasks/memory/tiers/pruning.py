"""What is kept for long, and what is not kept at all. Pure."""

from __future__ import annotations

import re

from tasks.memory.importance import JUNK, says_nothing, worth_now
from tasks.memory.rendering import HEADING
from tasks.memory.values import Kind, Memory, Tier
from tasks.memory.weighing import DAY_MS

KEPT_DAYS = 90.0
LEAST_IMPORTANT = 0.5  # after that time only what is more important stays
KEPT_KINDS = frozenset({Kind.TASK, Kind.FACT})  # somebody asked for them, and may have them forgotten
JUNK_AFTER_MS = 3_600_000  # what says nothing may be the answer to what comes next; after an hour it is nothing
_RECALLED = re.compile(r'^\d+\. \[(?:today|\d+ \w+ ago)\] [^:\n]{1,80}: "', re.M)


def may_be_pruned(memory: Memory, now_ms: int) -> bool:
    """Return whether a memory has had its time: older than 90 days, and neither important, nor used, nor pinned."""
    if memory.pinned or memory.kind in KEPT_KINDS or now_ms - memory.at_ms <= KEPT_DAYS * DAY_MS:
        return False
    return bool(memory.superseded_by) or max(memory.importance, worth_now(memory, now_ms)) <= LEAST_IMPORTANT


def is_junk(memory: Memory, now_ms: int) -> bool:
    """Return whether a memory is one of nothing: small talk that an hour went over, or what was recalled itself."""
    if memory.pinned or memory.tier is not Tier.SHORT or memory.kind is not Kind.TURN:
        return False
    old = now_ms - memory.at_ms > JUNK_AFTER_MS
    return is_recalled(memory.text) or (old and not memory.recalls and holds_nothing(memory))


def holds_nothing(memory: Memory) -> bool:
    """Return whether a memory says nothing."""
    return says_nothing(memory.text) or memory.importance <= JUNK


def is_recalled(text: str) -> bool:
    """Return whether a text is what was recalled for a prompt: remembered again it would grow with every answer.

    >>> is_recalled('1. [3 days ago] Ann: "I like tea."'), is_recalled("1. [today] is Monday")
    (True, False)
    """
    return HEADING in text or bool(_RECALLED.search(text))
