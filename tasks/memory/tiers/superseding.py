"""What is no longer so: of statements of one person about one thing, the last one counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tasks.memory.tiers.grouping import Circle, circle_of
from tasks.memory.tiers.lines import read
from tasks.memory.tiers.statements import Statement, only
from tasks.memory.values import Kind, Memory, Role

Said = tuple[Memory, Statement]


def superseded(memories: Iterable[Memory]) -> list[Memory]:
    """Return those of these that change: superseded by a later statement, or no longer so, as that one is gone.

    Only what states one thing and nothing besides can be superseded: whatever else stood there would go with it.
    """
    subjects: dict[tuple[Circle, str, str], list[Said]] = {}
    for memory in memories:
        for who, said in _stated(memory):
            subjects.setdefault((circle_of(memory), who.casefold(), said.about), []).append((memory, said))
    return [changed for told in subjects.values() for changed in _changed(told)]


def _stated(memory: Memory) -> Iterator[tuple[str, Statement]]:
    if memory.kind is Kind.DIGEST:
        lines = read(memory.text) if memory.category else []
        who, text = (lines[0].who, lines[0].what) if len(lines) == 1 else ("", "")
    elif memory.role is Role.PERSON:
        who, text = memory.name or memory.author, memory.text
    else:
        return
    if text and (found := only(text)):
        yield who, found


def _changed(told: list[Said]) -> Iterator[Memory]:
    last, latest = max(told, key=lambda one: (one[0].at_ms, one[0].id))
    for memory, said in told:
        by = "" if said.value == latest.value else last.id
        if memory.id == last.id:
            by = ""
        elif not by and memory.superseded_by:
            continue  # it was said before something else, and is said again by the last one
        if by != memory.superseded_by and not memory.pinned:
            yield replace(memory, superseded_by=by)
