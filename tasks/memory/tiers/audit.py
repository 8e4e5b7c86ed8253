"""What is in the memories, counted: how many there are, and how many of them should not be. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tasks.memory.tiers.grouping import circle_of
from tasks.memory.tiers.pruning import holds_nothing, is_recalled
from tasks.memory.values import Memory


@dataclass(frozen=True)
class Audit:
    """What was counted."""

    memories: int = 0
    tiers: tuple[tuple[str, int], ...] = ()
    junk: int = 0
    """Those that say nothing, that say what another one of the circle says, or that were recalled themselves."""
    duplicates: int = 0
    recalled: int = 0

    @property
    def junk_share(self) -> float:
        """The share of all that is junk, from 0 to 1."""
        return self.junk / self.memories if self.memories else 0.0


def audited(memories: Iterable[Memory]) -> Audit:
    """Return what is among some memories."""
    [found] = audits([memories])
    return found


def audits(pages: Iterable[Iterable[Memory]]) -> Iterator[Audit]:
    """Yield what is among some memories, after each page of them."""
    tiers: Counter[str] = Counter()
    seen: set[tuple[object, str]] = set()
    junk = duplicates = recalled = 0
    for page in pages:
        for memory in page:
            tiers[memory.tier.value] += 1
            said = (circle_of(memory), memory.digest)
            again, back = said in seen, is_recalled(memory.text)
            seen.add(said)
            duplicates += again
            recalled += back
            junk += again or back or (holds_nothing(memory) and not memory.pinned)
        yield Audit(tiers.total(), tuple(sorted(tiers.items())), junk, duplicates, recalled)
