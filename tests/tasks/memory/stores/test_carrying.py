"""Memories change their model while they are found, changed and forgotten, and whoever is killed over it goes on."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.contracts.errors import MemoryUnavailable
from tasks.jobs.crashpoints import KILLED
from tasks.memory.indexing import indexed
from tasks.memory.stores import edge_folder
from tasks.memory.stores.carrying import BATCH, CARRIED, DROPPED, LEFT, Carrying, Former, parts
from tasks.memory.stores.edge import EdgeStore
from tasks.memory.values import Kind, Memory, Parts, Tier, Wanted, Whole
from tests.tasks.memory.directions import DIMENSION, Directions, keep, question

ALL = Wanted(superseded=True)
NEW = 32
CARRIES = """
import sys
from pathlib import Path
from tests.tasks.memory.stores.test_carrying import Halves, over
store = over(Path(sys.argv[1]))
while store.carry(Halves()):
    pass
"""


class Halves(Directions):
    """Another model, whose vectors have half as many numbers."""

    model, dimension = "halves", NEW

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [_folded(vector) for vector in super().embed(texts)]


def _folded(vector: Sequence[float]) -> list[float]:
    sums = [one + other for one, other in zip(vector[:NEW], vector[NEW:], strict=True)]
    length = math.hypot(*sums)
    return [value / length for value in sums]


class Meanwhile(Halves):
    """Somebody does something while vectors are made."""

    def __init__(self, deed: Callable[[], object]) -> None:
        super().__init__()
        self.deed = deed

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.deed()
        return super().embed(texts)


def memory(number: int, **fields) -> Memory:
    return Memory(f"job{number}:0", "t", "7", f"tea {number}", number, **{"model": "directions", **fields})


def over(folder: Path) -> Carrying:
    """Return the memories of a folder, which are to be carried over from one within it to another."""
    edge_folder.sweep(folder)
    former = folder / "former"
    if not former.exists():
        return Carrying(EdgeStore(folder / "new", NEW), ())
    old = EdgeStore(former, DIMENSION)

    def drop() -> None:
        old.close()
        edge_folder.drop(former)

    return Carrying(EdgeStore(folder / "new", NEW), [Former("former", old, drop)])


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Carrying]:
    if getattr(request, "param", "in memory") == "edge":
        EdgeStore(tmp_path / "former", DIMENSION).close()
        made = over(tmp_path)
    else:
        from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore

        old = QdrantStore(IN_MEMORY, "old", DIMENSION)
        made = Carrying(QdrantStore(IN_MEMORY, "new", NEW), [Former("old", old, old.close)])
    yield made
    made.close()


def old(store: Carrying, *memories: Memory) -> None:
    keep(store.former[0].store, *memories)


def new(store: Carrying, *memories: Memory) -> None:
    store.put(indexed(memories, Halves()))


def carry(store: Carrying) -> int:
    rounds = 1
    while store.carry(Halves()):
        rounds += 1
    return rounds


def everything(store: Carrying) -> list[Memory]:
    return sorted(store.page(Whole(), ALL, 1000).memories, key=lambda one: one.at_ms)


def found(store: Carrying, asked: str) -> dict[str, Parts]:
    near = store.search(replace(question(asked), meaning=Halves().embed([asked])[0]), Whole())
    assert near.memories.keys() == near.parts.keys()
    return {near.memories[id_].text: part for id_, part in near.parts.items()}


def test_what_was_not_carried_over_is_found_by_its_words_and_then_by_its_meaning_too(store: Carrying) -> None:
    old(store, memory(1))
    new(store, memory(2))
    before = found(store, "tea 1")
    assert (before["tea 1"].meaning, before["tea 1"].meaning_around) == (0, 0)
    assert before["tea 1"].words > 0 < before["tea 1"].words_around
    assert before["tea 2"].meaning != 0
    assert found(store, "coffee").keys() == {"tea 2"}, "which shares no word"
    carry(store)
    after = found(store, "tea 1")
    assert after["tea 1"].meaning > 0.4
    assert after.keys() == before.keys()


@pytest.mark.parametrize("store", ["edge", "in memory"], indirect=True)
def test_everything_is_carried_over_as_it_was_and_the_former_place_is_gone(store: Carrying, tmp_path: Path) -> None:
    kept = [
        *(memory(number) for number in range(BATCH + 3)),
        memory(50, pinned=True, recalls=4, importance=0.7),
        memory(51, kind=Kind.DIGEST, tier=Tier.LONG, sources=("a", "b"), tags=("x",)),
        memory(52, superseded_by="another"),
        memory(53, kind=Kind.TASK, status="open", metadata='{"a": 1}', context="c"),
    ]
    old(store, *kept)
    assert carry(store) > 2
    assert everything(store) == [replace(one, model="halves") for one in kept]
    assert (store.former, list(tmp_path.glob("former*"))) == ((), [])
    assert store.carry(Halves()) is False, "there is nothing more to do"
    assert parts("new", store) == {"new": store.new}


def test_nobody_notices_where_a_memory_is(store: Carrying) -> None:
    old(store, *(memory(number) for number in (1, 2, 3)))
    new(store, memory(4), replace(memory(2), text="green tea 2"))
    assert [one.text for one in everything(store)] == ["tea 1", "green tea 2", "tea 3", "tea 4"]
    assert store.count(Whole()) == 4
    assert (store.versions().all, store.dimension) == (4, NEW)
    store.amend([replace(memory(1), recalls=1), replace(memory(4), recalls=4)])
    ids = [memory(number).id for number in (1, 4)]
    assert {one.recalls for one in store.get(ids, Whole())} == {1, 4}
    assert store.vectors(ids).keys() == {memory(4).id}
    assert store.delete(Whole(), ids=[*ids, memory(9).id]) == 2
    assert store.delete(Whole("nobody")) == 0
    carry(store)
    assert [(one.text, one.recalls) for one in everything(store)] == [("green tea 2", 0), ("tea 3", 0)]


def test_a_copy_is_made_of_each_place(store: Carrying) -> None:
    old(store, memory(1))
    new(store, memory(2))
    [(_, former), (name, now)] = parts("now", store).items()
    assert [one.text for one, _ in former.read(Whole()).records] == ["tea 1"]
    assert (name, [one.text for one, _ in now.read(Whole()).records]) == ("now", ["tea 2"])
    assert [one.text for one, _ in store.read(Whole()).records] == ["tea 2"]


def test_what_is_forgotten_meanwhile_does_not_come_back(store: Carrying) -> None:
    old(store, memory(1), memory(2))
    store.carry(Meanwhile(lambda: store.delete(Whole(), ids=[memory(1).id])))
    carry(store)
    assert [one.text for one in everything(store)] == ["tea 2"]


def test_what_is_noted_meanwhile_is_carried_over_too(store: Carrying) -> None:
    old(store, memory(1), memory(2))
    store.carry(Meanwhile(lambda: store.amend([replace(memory(1), recalls=7)])))
    assert [one.recalls for one in everything(store)] == [7, 0]
    assert store.former[0].store.count(Whole()) == 0


def test_what_is_said_otherwise_meanwhile_gets_vectors_of_that(store: Carrying) -> None:
    old(store, memory(1))
    once = iter([lambda: store.amend([replace(memory(1), text="coffee", around="coffee")])])
    store.carry(Meanwhile(lambda: next(once, int)()))
    assert store.former[0].store.count(Whole()) == 1, "not with vectors of what it said before"
    carry(store)
    assert found(store, "coffee")["coffee"].meaning > 0.4


def test_what_is_written_anew_meanwhile_stays_as_it_was_written(store: Carrying) -> None:
    old(store, memory(1))
    fresh = replace(memory(1), text="green tea", model="halves")
    store.carry(Meanwhile(lambda: new(store, fresh) if store.former[0].store.count(Whole()) else None))
    carry(store)
    assert everything(store) == [fresh]


def test_a_place_that_does_not_keep_what_it_takes_empties_no_other(store: Carrying, monkeypatch) -> None:
    old(store, memory(1))
    monkeypatch.setattr(type(store.new), "put", lambda *_: None)
    with pytest.raises(MemoryUnavailable, match="did not keep 1"):
        store.carry(Halves())
    assert store.former[0].store.count(Whole()) == 1


def test_pages_hold_everything_once_wherever_it_is(store: Carrying) -> None:
    chance = random.Random(3)
    numbers = list(range(40))
    here = set(chance.sample(numbers, 17))
    old(store, *(memory(number) for number in numbers if number not in here))
    new(store, *(memory(number) for number in here))
    for limit in (1, 7, 40):
        seen, after = [], ""
        while True:
            page = store.page(Whole(), limit=limit, after=after)
            assert len(page.memories) <= limit
            seen += [one.at_ms for one in page.memories]
            after = page.after
            if not after:
                break
            if limit == 7:
                store.carry(Halves())  # what was not seen yet may move meanwhile
        assert sorted(seen) == numbers


@pytest.mark.parametrize("point", [CARRIED, LEFT, DROPPED])
def test_killed_at_any_point_the_next_one_goes_on_and_has_everything_once(point: str, tmp_path: Path) -> None:
    former = EdgeStore(tmp_path / "former", DIMENSION)
    kept = [memory(number, recalls=number) for number in range(BATCH + 2)]
    keep(former, *kept)
    former.close()
    (tmp_path / point).touch()
    argv = [sys.executable, "-c", CARRIES, str(tmp_path)]
    assert subprocess.run(argv, env={"ROOKERY_CRASH_AT": str(tmp_path)}, check=False).returncode == KILLED
    store = over(tmp_path)
    assert [replace(one, model="") for one in everything(store)] == [replace(one, model="") for one in kept]
    store.amend([replace(kept[0], recalls=99)])
    carry(store)
    assert [one.recalls for one in everything(store)] == [99, *range(1, BATCH + 2)]
    assert store.count(Whole()) == BATCH + 2
    assert not list(tmp_path.glob("former*"))
    store.close()
