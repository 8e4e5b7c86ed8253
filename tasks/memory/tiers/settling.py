"""From the digests of days to what is known for long: each thing once, dated, scored and tagged. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain

from tasks.contracts.facts import LEAST_KEPT, facts, kept
from tasks.memory.importance import importance
from tasks.memory.terms import STOPWORDS
from tasks.memory.tiers.digests import EXTRACT, SUMMARY, cited, named, trust_of, worth
from tasks.memory.tiers.lines import Line, packed, read, written
from tasks.memory.tiers.pruning import LEAST_IMPORTANT
from tasks.memory.tiers.statements import only
from tasks.memory.values import Memory, Tier

MOST_TAGS = 5
LEAST_TAG_CHARS = 3
MS = 1000
_DATE = re.compile(r"^\[\d{1,2} \w+ \d{4}\] ?", re.M)


@dataclass(frozen=True)
class Settled:
    """What becomes of the digests of one circle."""

    made: tuple[Memory, ...] = ()
    """Memories to be written, in the place of `replaced`."""
    replaced: tuple[Memory, ...] = ()
    amended: tuple[Memory, ...] = ()
    """Memories that stay as they are but for what is known of them: statements, and those that say the same."""


@dataclass(frozen=True)
class _Dated:
    line: Line
    of: Memory


def settled(digests: Sequence[Memory], known: Sequence[Memory]) -> Settled:
    """Return what becomes of the digests of one circle; `known` is what is known for long in it.

    Where more than a quarter of the facts would be lost, nothing becomes of them.
    """
    states, again = _stated_once([one for one in digests if one.category], known)
    rest = sorted((one for one in digests if not one.category), key=lambda one: (one.at_ms, one.id))
    said_again, fresh = _sorted_out(rest, known)
    made = tuple(_rows(fresh, rest))
    texts = "\n".join(memory.text for memory in (*made, *known))
    if rest and kept("\n".join(memory.text for memory in rest), texts) < LEAST_KEPT:
        return Settled((), again, states)
    return Settled(made, (*rest, *again), (*states, *said_again))


def tags_of(texts: Iterable[str], how: Iterable[str]) -> tuple[str, ...]:
    """Return what some lines are about: the names in them, the most frequent first, and whose words they are."""
    counted = Counter(chain.from_iterable(facts(text) for text in texts))
    names = [name for name, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
    about = [name for name in names if name.isalpha() and len(name) >= LEAST_TAG_CHARS and name not in STOPWORDS]
    return (*dict.fromkeys(how), *about[:MOST_TAGS])


def _stated_once(states: Sequence[Memory], known: Sequence[Memory]) -> tuple[tuple[Memory, ...], tuple[Memory, ...]]:
    """Return statements as they are known for long, and those that say the same as an older one, which names both."""
    oldest = {(one.category, only(one.text)): one for one in known if one.category and not one.superseded_by}
    changed: dict[str, Memory] = {}
    again: list[Memory] = []
    for one in sorted(states, key=lambda one: (one.at_ms, one.id)):
        said = (one.category, only(one.text))
        if (older := oldest.get(said)) is not None:
            again.append(one)
            kept_one = replace(older, sources=tuple(dict.fromkeys((*older.sources, *one.sources))))
        else:
            kept_one = replace(one, tier=Tier.LONG, tags=tags_of([one.text], (*_how(one), one.category)))
        oldest[said] = changed[kept_one.id] = kept_one
    return tuple(changed.values()), tuple(again)


def _sorted_out(rest: Sequence[Memory], known: Sequence[Memory]) -> tuple[list[Memory], list[_Dated]]:
    """Return known memories with the sources of what was said again, and the lines that are new."""
    by_line = {line.folded: one for one in known for line in read(_DATE.sub("", one.text))}
    grown: dict[str, Memory] = {}
    fresh: dict[str, _Dated] = {}
    for one in rest:
        for line in read(one.text):
            if (old := by_line.get(line.folded)) is not None:
                had = grown.get(old.id, old)
                grown[old.id] = replace(had, sources=tuple(dict.fromkeys((*had.sources, *one.sources))))
            else:
                fresh.setdefault(line.folded, _Dated(line, one))
    return list(grown.values()), list(fresh.values())


def _rows(fresh: Sequence[_Dated], rest: Sequence[Memory]) -> Iterator[Memory]:
    """Yield memories of lines, important ones apart: after 90 days the others go."""
    name, at = named(one.id for one in rest), 0
    for important in (True, False):
        told = {_dated(one): one for one in fresh if _is_important(one) is important}
        for row in packed(told):
            of = list(dict.fromkeys(told[line].of for line in row))
            lines = [told[line].line for line in row]
            yield replace(
                of[0],
                source=f"long:{name}:{at}",
                tier=Tier.LONG,
                text=written(row),
                at_ms=min(one.at_ms for one in of),
                trust=trust_of(of, of[0].tags[0] if of[0].tags else EXTRACT),
                importance=worth(lines, of if important else ()),
                sources=cited(of),
                tags=tags_of([line.what for line in lines], [how for one in of for how in _how(one)]),
                recalls=max(one.recalls for one in of),
                recalled_ms=max(one.recalled_ms for one in of),
                status="",
                dependencies=(),
            )
            at += 1


def _is_important(one: _Dated) -> bool:
    return importance(one.line.what) > LEAST_IMPORTANT or (one.of.recalls > 0 and one.of.importance > LEAST_IMPORTANT)


def _how(one: Memory) -> list[str]:
    return [tag for tag in one.tags if tag in {EXTRACT, SUMMARY}]


def _dated(one: _Dated) -> Line:
    day = datetime.fromtimestamp(one.of.at_ms / MS, UTC)
    return Line(f"[{day.day} {day:%B %Y}] {one.line.who}".strip(), one.line.what)
