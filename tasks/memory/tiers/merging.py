"""What is said twice is one memory: the older one, which knows of the newer. Pure.

Near is not enough: "I owe Ann 20" and "I owe Ann 30" are as near as can be. So the numbers, names and dates have to be
the same too.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.contracts.facts import facts
from tasks.memory.embedders.embedding import similarity
from tasks.memory.importance import Signs, importance
from tasks.memory.terms import terms
from tasks.memory.tiers.grouping import circle_of
from tasks.memory.values import Memory

ALIKE = 0.95  # a cosine
LEAST_SHARED = 0.5  # of the words: what shares fewer is not that near, and need not be compared
MOST_COMPARED = 16  # of those that share one of a text's rarest words, the latest: a day of much talk would not end

Vectors = Callable[[Sequence[str]], Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class Merged:
    """Two that say the same."""

    stays: Memory
    """As it is from now on."""
    goes: Memory


def merged(memories: Iterable[Memory], vectors: Vectors) -> list[Merged]:
    """Return which of these go into which older one of the same author, in the same circle, with the same facts."""
    groups: dict[object, list[Memory]] = {}
    for memory in sorted(memories, key=lambda one: (one.at_ms, one.id)):
        key = (circle_of(memory), memory.author, memory.kind, facts(memory.text))
        groups.setdefault(key, []).append(memory)
    return [pair for group in groups.values() if len(group) > 1 for pair in _within(group, vectors)]


def _within(group: Sequence[Memory], vectors: Vectors) -> Iterator[Merged]:
    words = {memory.id: frozenset(terms(memory.text)) for memory in group}
    common = Counter(word for said in words.values() for word in said)
    near: dict[str, Sequence[float]] = {}
    stay: dict[str, Memory] = {}
    by_digest: dict[str, str] = {}
    by_word: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=MOST_COMPARED))
    for memory in group:
        rare = _rarest(words[memory.id], common)
        maybe = dict.fromkeys(id_ for word in rare for id_ in by_word[word])
        like = [id_ for id_ in maybe if _shared(words[id_], words[memory.id]) >= LEAST_SHARED]
        missing = [id_ for id_ in (memory.id, *like) if id_ not in near] if like else []
        near |= vectors(missing) if missing else {}
        alike = (id_ for id_ in like if _alike(near, id_, memory.id))
        older = None if memory.pinned else by_digest.get(memory.digest) or next(alike, None)
        if older is None:
            stay[memory.id] = memory
            by_digest.setdefault(memory.digest, memory.id)
            for word in rare:
                by_word[word].append(memory.id)
        else:
            stay[older] = together(stay[older], memory)
            yield Merged(stay[older], memory)


def _rarest(words: frozenset[str], common: Mapping[str, int]) -> list[str]:
    """Return the rarest half of some words, and one more: whoever shares half of them all shares one of these."""
    return sorted(words, key=lambda word: (common[word], word))[: len(words) // 2 + 1]


def together(older: Memory, newer: Memory) -> Memory:
    """Return the older one of two that say the same, as it is from now on; the same however often it is done."""
    sources = tuple(dict.fromkeys((*older.sources, newer.id, *newer.sources)))
    said = importance(older.text, Signs(times=1 + len(sources)))
    return replace(
        older,
        sources=sources,
        importance=max(older.importance, newer.importance, said),
        recalls=max(older.recalls, newer.recalls),
        recalled_ms=max(older.recalled_ms, newer.recalled_ms),
    )


def _alike(near: Mapping[str, Sequence[float]], one: str, other: str) -> bool:
    return one in near and other in near and similarity(near[one], near[other]) >= ALIKE


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))
