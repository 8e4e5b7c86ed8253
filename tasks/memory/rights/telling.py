"""What people are told of their memories, in words. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from tasks.contracts.shortening import shortened
from tasks.contracts.wishes import Granted, Kept, Wish
from tasks.memory.rights.forgetting import Chosen

MS = 1000
MOST_CHARS = 300  # of a memory in a list
NOT_UNDERSTOOD = "I did not understand what you want of your memories. Please ask once more."
MOST_EXPORTED_BYTES = 8 << 20  # Redis holds it meanwhile, and Discord takes 10 MB from everybody, Telegram 50 MB
BACKUPS = "Backups and exports that were made before hold it until they are deleted."
ADAPTERS = (
    "Adapters may have learned of it: whoever trains looks for it in all of them within minutes, flags those that did, "
    "and trains anew without it; `rookery train list` shows which."
)
UNWRITTEN = "What was said just before is not written down yet, so it is not among that."


def remembered(memory: Kept, *, masked: bool) -> Granted:
    """Return what to say of something that is kept now."""
    beside = " I left out what looks like a number or an address that should not be kept." if masked else ""
    return Granted(kind="remember", words=f"I will remember that.{beside}", memories=(memory,))


def not_kept(*, secret: bool) -> Granted:
    """Return what to say of something that is not kept."""
    why = "That holds something secret, so I do not keep it." if secret else "There is nothing in that to remember."
    return Granted(kind="remember", words=why)


def listed(memories: Sequence[Kept], after: str, wish: Wish) -> Granted:
    """Return a page of memories, each on a line."""
    if not memories:
        nothing = "That was all." if wish.after else "I remember nothing of you."
        return Granted(kind="list", words="I remember nothing of that." if wish.about and not wish.after else nothing)
    lines = ["What I remember of you, the latest first:", *map(line, memories)]
    if after:
        lines.append(f"There is more: /memory after {after}")
    return Granted(kind="list", words="\n".join(lines), memories=tuple(memories), after=after)


def no_such_page() -> Granted:
    """Return what to say where a list was to go on from nowhere."""
    return Granted(kind="list", words="There is no such page. /memory shows the first one.")


def line(memory: Kept) -> str:
    """Return one memory for a list.

    >>> line(Kept(id="1", text="I like tea.", at_ms=0, kind="turn", tier="short", author="you", pinned=True))
    '- 1 January 1970, you: I like tea. (pinned)'
    """
    words = " ".join(memory.text.split())
    cut = shortened(words, MOST_CHARS)
    day = datetime.fromtimestamp(memory.at_ms / MS, UTC)
    return f"- {day.day} {day:%B %Y}, {memory.author}: {cut}{' (pinned)' if memory.pinned else ''}"


def exported(memories: Sequence[Kept], most_bytes: int = MOST_EXPORTED_BYTES) -> Granted:
    """Return memories, in order of time, as lines of JSON: all, or as many of the latest as there is room for.

    A last line tells how many others there are, and after which one a list goes on with them.
    """
    lines: list[str] = []
    for memory in reversed(memories):
        line = memory.model_dump_json()
        most_bytes -= len(line.encode()) + 1
        if most_bytes < 0:
            break
        lines.append(line)
    left = len(memories) - len(lines)
    lines.reverse()
    after = f"{memories[left].at_ms}:{memories[left].id}" if left and lines else ""
    if left:
        lines.append(json.dumps({"left_out": left, "after": after}))
    return Granted(kind="export", words="\n".join(lines) or "I remember nothing of you.", after=after)


def forgotten(gone: Chosen, *, learned: bool = False) -> Granted:
    """Return what to say of what is gone; never what it said. `learned`: a persona has learned something."""
    flagged: tuple[str, ...] = (BACKUPS,) if gone.count or gone.said else ()
    flagged += (ADAPTERS,) if learned and (gone.said or gone.everything) else ()
    if not (gone.count or gone.said or gone.everything):
        return Granted(kind="forget", words="I remember nothing of that. /memory shows what I do remember.")
    what = "Everything of you is forgotten" if gone.everything else "That is forgotten"
    words = f"{what}: {_count(gone.count, 'memory', 'memories')}, {_count(gone.said, 'message', 'messages')}."
    if gone.reworked:
        made = _count(gone.reworked, "summary", "summaries")
        words += f" {made} that told of it went as well; what else was in there is remembered word by word."
    return Granted(kind="forget", words=words, forgotten=gone.count + gone.reworked, turns=gone.said, flagged=flagged)


def too_early(granted: Granted) -> Granted:
    """Return what to say of a forgetting by words that could not wait until all was written down that was said."""
    return granted.model_copy(
        update={
            "words": f"{granted.words} {UNWRITTEN} Please ask once more later.",
            "flagged": (*granted.flagged, UNWRITTEN),
        }
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
