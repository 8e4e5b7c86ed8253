"""What is done to memories in a night, step by step. Each yields how many memories it changed, a few at a time.

Every step finds in the store what is left to do: whoever dies over one begins it again, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from tasks.memory.agents.entries import ENDED, outlived
from tasks.memory.stores.store import VectorStore
from tasks.memory.tiers import writing
from tasks.memory.tiers.digests import EXTRACT, digests
from tasks.memory.tiers.extracts import extracted
from tasks.memory.tiers.grouping import Circle, chunks, circles, day_of
from tasks.memory.tiers.merging import merged
from tasks.memory.tiers.pruning import KEPT_DAYS, is_junk, may_be_pruned
from tasks.memory.tiers.settling import settled
from tasks.memory.tiers.superseding import superseded
from tasks.memory.tiers.writing import ALL, Shelf
from tasks.memory.values import Between, Kind, Memory, Role, Tier, Wanted, Whole
from tasks.memory.weighing import DAY_MS

HOT_DAYS = 1  # whole days that stay as they were said, besides today
PAGE = 200
AT_ONCE = 500  # turns or digests that are compared in one step: whoever wants to be forgotten waits for that long
TURNS = Wanted(tiers=frozenset({Tier.SHORT}), kinds=frozenset({Kind.TURN}))
DIGESTS = Wanted(tiers=frozenset({Tier.WORKING}), kinds=frozenset({Kind.DIGEST}), statuses=frozenset({""}))
TASKS = Wanted(kinds=frozenset({Kind.TASK}), superseded=True)
ENDED_TASKS = replace(TASKS, statuses=ENDED)  # one that was opened anew meanwhile stays
KNOWN = Wanted(tiers=frozenset({Tier.LONG}), kinds=frozenset({Kind.DIGEST}), statuses=frozenset({""}))

Asks = Callable[[Sequence[Memory]], bool]
"""Has a model sum turns up, which stay until it has; False: nobody does, and their own words have to do."""
Steps = Iterator[int]


def pages(store: VectorStore, wanted: Wanted, whose: Whole = Whole()) -> Iterator[Sequence[Memory]]:  # noqa: B008 (frozen)
    """Yield memories, a page at a time; there is one page at least."""
    after = ""
    while True:
        page = store.page(whose, wanted, PAGE, after)
        yield page.memories
        if not (after := page.after):
            return


def everything(store: VectorStore, wanted: Wanted, whose: Whole = Whole()) -> Iterator[Memory]:  # noqa: B008 (frozen)
    """Yield memories one by one."""
    return chain.from_iterable(pages(store, wanted, whose))


def gathered(
    store: VectorStore, wanted: Wanted, found: list[Memory], which: Callable[[Memory], bool] = lambda _: True
) -> Steps:
    """Add memories to those that were found, a page at a time; nothing is changed by that."""
    for page in pages(store, wanted):
        found += filter(which, page)
        yield 0


def days(store: VectorStore, now_ms: int) -> Iterator[Wanted]:
    """Yield each day of turns that is over for long enough, the last one first, and as the last all days since."""
    hot = (day_of(now_ms) - HOT_DAYS) * DAY_MS
    to_ms = hot
    while store.count(Whole(), _within(None, to_ms)):
        from_ms = _begin_of_some(store, to_ms)
        yield _within(from_ms, to_ms)
        to_ms = from_ms
    yield _within(hot, None)


def cleared(shelf: Shelf, turns: Sequence[Memory], now_ms: int) -> list[Memory]:
    """Return turns without those that say nothing, which are gone now."""
    junk = {turn.id for turn in turns if is_junk(turn, now_ms)}
    if junk:
        shelf.store.delete(Whole(), ALL, sorted(junk))
    return [turn for turn in turns if turn.id not in junk]


def told_once(shelf: Shelf, turns: Sequence[Memory]) -> list[Memory]:
    """Return turns without those that say what an older one says; that one knows of them, and they are gone."""
    left = {turn.id: turn for turn in turns}
    found = merged(turns, shelf.store.vectors)
    there = {one.id for one in shelf.store.get(sorted({pair.stays.id for pair in found}), Whole())}
    pairs = [pair for pair in found if pair.stays.id in there]  # what was forgotten meanwhile takes nothing along
    for pair in pairs:
        left[pair.stays.id] = pair.stays
        left.pop(pair.goes.id)
    if pairs:
        shelf.store.amend([left[id_] for id_ in sorted({pair.stays.id for pair in pairs})])
        shelf.store.delete(Whole(), ALL, [pair.goes.id for pair in pairs])
    return list(left.values())


def day_by_day(shelf: Shelf, now_ms: int, asks: Asks) -> Steps:
    """Let what says nothing go, tell things once, and have days that are over summed up."""
    hot_from = (day_of(now_ms) - HOT_DAYS) * DAY_MS
    for day in days(shelf.store, now_ms):
        said: list[Memory] = []
        yield from gathered(shelf.store, day, said)
        for told in circles(said).values():
            turns: list[Memory] = []
            for some in _few(sorted(told, key=lambda turn: turn.digest)):  # the very same words side by side
                left = told_once(shelf, cleared(shelf, some, now_ms))
                turns += left
                yield len(some) - len(left)
            for chunk in chunks(turn for turn in turns if turn.at_ms < hot_from and not turn.pinned):
                yield 0 if asks(chunk) else len(chunk) * summed_up(shelf, chunk)


def summed_up(shelf: Shelf, turns: Sequence[Memory]) -> bool:
    """Have people's own words take the place of turns; False where some of these were forgotten meanwhile."""
    return writing.replace_with(shelf, turns, digests(turns, extracted(turns), EXTRACT))


def corrected(shelf: Shelf) -> Steps:
    """Mark what is no longer so."""
    found: list[Memory] = []
    yield from gathered(shelf.store, ALL, found, _may_state)
    changed = {one.id: one.superseded_by for one in superseded(found)}
    for at in range(0, len(changed), PAGE):
        there = shelf.store.get(list(changed)[at : at + PAGE], Whole())  # as they are now
        shelf.store.amend([replace(one, superseded_by=changed[one.id]) for one in there])
        yield len(there)


def pruned(shelf: Shelf, now_ms: int) -> Steps:
    """Let go what has had its time."""
    old = Wanted(when=Between(None, now_ms - int(KEPT_DAYS * DAY_MS)), superseded=True)
    found: list[Memory] = []
    yield from gathered(shelf.store, old, found, lambda one: may_be_pruned(one, now_ms))
    had = iter([one.id for one in found])
    while ids := list(islice(had, PAGE)):
        yield shelf.store.delete(Whole(), ALL, ids)


def tasks_over(shelf: Shelf, now_ms: int) -> Steps:
    """Let go tasks of agents that ended a day ago."""
    found: list[Memory] = []
    yield from gathered(shelf.store, TASKS, found)
    gone, unnoted = outlived(found, now_ms)
    shelf.store.amend(unnoted)
    for some in _few(gone):
        yield shelf.store.delete(Whole(), ENDED_TASKS, [one.id for one in some])


def week_by_week(shelf: Shelf) -> Steps:
    """Have digests become what is known for long."""
    found: list[Memory] = []
    yield from gathered(shelf.store, DIGESTS, found)
    for circle, told in sorted(circles(found).items()):
        for some in _few(sorted(told, key=lambda one: (one.at_ms, one.id))):
            _settle(shelf, circle, some)
            yield len(some)


def _settle(shelf: Shelf, circle: Circle, told: Sequence[Memory]) -> None:
    wanted = replace(KNOWN, users=frozenset({circle.user}), channels=frozenset({circle.channel}))
    known = circles(everything(shelf.store, wanted, Whole(circle.tenant))).get(circle, [])
    become = settled(told, known)
    there = {one.id: one.text for one in shelf.store.get([one.id for one in become.amended], Whole())}
    shelf.store.amend([one for one in become.amended if there.get(one.id) == one.text])
    if become.replaced:
        writing.replace_with(shelf, become.replaced, become.made)


def _few(memories: Sequence[Memory]) -> Iterator[Sequence[Memory]]:
    for at in range(0, len(memories), AT_ONCE):
        yield memories[at : at + AT_ONCE]


def _may_state(memory: Memory) -> bool:
    return bool(memory.category) if memory.kind is Kind.DIGEST else memory.role is Role.PERSON


def _within(from_ms: int | None, to_ms: int | None) -> Wanted:
    return Wanted(tiers=TURNS.tiers, kinds=TURNS.kinds, when=Between(from_ms, to_ms))


def _begin_of_some(store: VectorStore, to_ms: int) -> int:
    """Return the beginning of the last day before `to_ms` on which anything was said; something was."""
    some, none = 1, 0  # so many days back something was said, and since so many days nothing
    while not store.count(Whole(), _within(to_ms - some * DAY_MS, to_ms)):
        some, none = 2 * some, some
    while some - none > 1:
        middle = (some + none) // 2
        if store.count(Whole(), _within(to_ms - middle * DAY_MS, to_ms)):
            some = middle
        else:
            none = middle
    return to_ms - some * DAY_MS
