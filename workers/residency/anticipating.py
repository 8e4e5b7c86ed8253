"""Loads what is likely needed next while nobody waits: into free memory, or over an idle model needed later."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from workers.residency.catalogue import Catalogue
from workers.residency.diary import Diary
from workers.residency.eviction import Room, fewest
from workers.residency.foresight import QUARTER_S, expected_in_s
from workers.residency.mover import Mover
from workers.residency.tenants import is_idle
from workers.residency.view import Decision, HostView, Load, Mode, Resident, ResidentState

#: A model comes so long before it is expected, and its load times in addition.
LEAD_S, LEAD_LOADS = 120.0, 2.0
#: What was used so lately may be used again at once, whatever is expected.
QUIET_S = 60.0
#: What came, or could not come, and was not used is not tried again for so long.
AGAIN_S = 1_800.0
THINK_EVERY_S = 5.0

Expected = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Option:
    """A model that could be loaded here now."""

    slug: str
    size_gib: float
    load_s: float


def anticipated(view: HostView, option: Option, expected_s: Expected) -> Load | None:
    """Return the load of a model that is expected soon; None where it is not, or no room can be made for it.

    What goes for it is idle, not pinned, was not used lately and is expected later.
    """
    due_s = expected_s(option.slug)
    if due_s > LEAD_S + LEAD_LOADS * option.load_s:
        return None
    room = Room.for_load(view, option.size_gib)
    idle = [each for each in view.residents if _may_go(each) and expected_s(each.slug) > due_s + LEAD_S]
    idle.sort(key=lambda each: (-expected_s(each.slug), -each.unused_for_s, each.slug))
    gone = fewest(idle, room, lambda each: -expected_s(each.slug))
    if gone is None:
        return None
    why = "it is likely needed now" if due_s <= 0 else f"it is likely needed in {due_s:.0f} s"
    return Load(option.slug, tuple(each.slug for each in gone), bid=0.0, mode=Mode.IDLE, why=why)


def used(view: HostView, since_s: float) -> Iterator[str]:
    """Yield the models that somebody uses or waits for, or did within the last `since_s` seconds."""
    for each in view.residents:
        lately = each.unused_for_s < min(since_s, each.ready_for_s)  # its coming is no use of it
        if not is_idle(each) or (lately and each.state is ResidentState.READY):
            yield each.slug
    yield from (each.demand.slug for each in view.candidates if each.demand.count)


class Anticipation:
    """A decision that looks ahead where the one it stands over has nothing to do. Call it as that one."""

    def __init__(
        self,
        decide: Callable[[HostView], Decision],
        diary: Diary,
        *,
        slugs: Collection[str],
        option: Callable[[str], Option | None],
        active: Callable[[], bool],
        now: Callable[[], tuple[float, float]],
    ) -> None:
        self._decide, self._diary, self._slugs, self._option = decide, diary, tuple(slugs), option
        self._active, self._now = active, now
        self._looked_s, self._thought_s = math.inf, -math.inf
        self._tried_s: dict[str, float] = {}

    def __call__(self, view: HostView) -> Decision:
        """Decide, and learn from what is seen."""
        now_s, wall_s = self._now()
        self._diary.note(used(view, now_s - self._looked_s), now_s, wall_s)
        self._looked_s = now_s
        decision = self._decide(view)
        if decision is not None or view.loading or view.candidates or not self._active():
            return decision
        if 0 <= now_s - self._thought_s < THINK_EVERY_S:
            return None
        self._thought_s = now_s
        return self._ahead(view, now_s, wall_s)

    def soon(self) -> frozenset[str]:
        """Return the models that are likely needed soon: they stay, however long nobody has used them."""
        if not self._active():
            return frozenset()
        now_s, wall_s = self._now()
        history = self._diary.history
        return frozenset(
            slug for slug in self._slugs if expected_in_s(history, slug, now_s, wall_s) <= LEAD_S + QUARTER_S
        )

    def _ahead(self, view: HostView, now_s: float, wall_s: float) -> Load | None:
        history, here = self._diary.history, {each.slug for each in view.residents}
        expected = {slug: expected_in_s(history, slug, now_s, wall_s) for slug in (*self._slugs, *here)}
        for slug in sorted(set(self._slugs) - here, key=lambda slug: (expected[slug], slug)):
            if math.isinf(expected[slug]):
                break
            option = None if self._tried_in_vain(slug, now_s) else self._option(slug)
            load = anticipated(view, option, expected.__getitem__) if option else None
            if load is not None:
                self._tried_s[slug] = now_s
                return load
        return None

    def _tried_in_vain(self, slug: str, now_s: float) -> bool:
        tried_s, custom = self._tried_s.get(slug), self._diary.history.models.get(slug)
        used_since = tried_s is not None and custom is not None and custom.used_s > tried_s
        return tried_s is not None and not used_since and 0 <= now_s - tried_s < AGAIN_S


def option(catalogue: Catalogue, mover: Mover, slug: str, now_s: float) -> Option | None:
    """Return what loading a model would take; None where it failed lately, or is larger than the host."""
    if mover.setbacks.waits(slug, now_s):
        return None
    size_gib = catalogue.size(slug).gib
    return Option(slug, size_gib, catalogue.load_s(slug)) if size_gib <= mover.holding.total_gib else None


def clocks() -> tuple[float, float]:
    """Return the time in seconds since 1970, and the same by the clock on the wall."""
    now_s = time.time()
    return now_s, now_s + time.localtime(now_s).tm_gmtoff


def _may_go(resident: Resident) -> bool:
    idle = resident.state is ResidentState.READY and is_idle(resident)
    return idle and not resident.pinned and resident.unused_for_s >= QUIET_S and resident.ready_for_s >= QUIET_S
