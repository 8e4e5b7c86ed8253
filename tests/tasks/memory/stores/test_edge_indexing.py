"""Many memories get a graph, by which they are found faster: in a copy, beside everybody who asks and writes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.contracts.errors import MemoryUnavailable
from tasks.jobs.crashpoints import KILLED
from tasks.memory.stores import edge_indexing
from tasks.memory.stores.edge import IN_FORCE, REWRITTEN, EdgeStore
from tasks.memory.values import Memory, Wanted, Whole
from tests.tasks.memory.directions import DIMENSION, keep, question

MANY = 60

INDEXES = """
import sys
from collections import deque
from pathlib import Path
from tasks.memory.stores import edge_indexing
from tasks.memory.stores.edge import EdgeStore
edge_indexing.MOST_UNINDEXED = 10
store = EdgeStore(Path(sys.argv[1]), int(sys.argv[2]))
deque(store.index(), maxlen=0)
"""


def memory(number: int, text: str = "tea") -> Memory:
    return Memory(source=f"job{number}", tenant="t", author="7", text=f"{text} {number}", at_ms=number)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EdgeStore]:
    monkeypatch.setattr(edge_indexing, "MOST_UNINDEXED", MANY // 2)
    made = EdgeStore(tmp_path / "m", DIMENSION)
    keep(made, *(memory(number) for number in range(MANY)))
    yield made
    made.close()


def without_graph(store: EdgeStore) -> int:
    return edge_indexing.unindexed(store._shard, store._part)


def everything(store: EdgeStore) -> dict[int, int]:
    return {one.at_ms: one.recalls for one in store.page(Whole(), Wanted(superseded=True), limit=1000).memories}


def left(folder: Path) -> list[str]:
    return sorted(found.name for found in folder.iterdir() if found.is_dir())


def test_many_memories_get_a_graph_and_what_is_written_and_asked_meanwhile_is_as_ever(
    store: EdgeStore, tmp_path: Path
) -> None:
    assert without_graph(store) == MANY
    steps = store.index()
    next(steps)
    keep(store, memory(100))
    store.amend([replace(memory(1), recalls=7)])
    for moment, _ in enumerate(steps):
        if not moment:
            store.delete(Whole(), ids=[memory(2).id])
        assert memory(5).id in store.search(question("tea 5"), Whole("t")).memories
    assert without_graph(store) == 2, "what was written and changed meanwhile alone"
    expected = {number: 0 for number in range(MANY) if number != 2} | {1: 7, 100: 0}
    assert everything(store) == expected
    assert memory(2).id not in store.search(question("tea 2"), Whole("t"), limit=MANY).memories
    assert left(tmp_path / "m") == ["shard-2"]
    keep(store, memory(101))
    store.close()
    again = EdgeStore(tmp_path / "m", DIMENSION)
    assert everything(again) == expected | {101: 0}
    assert without_graph(again) == 3
    assert set(again.search(question("tea 101"), Whole("t"), limit=1).memories) >= {memory(101).id}
    again.close()


def test_what_has_its_place_is_left_alone_until_there_are_many_others(store: EdgeStore, tmp_path: Path) -> None:
    list(store.index())
    assert list(store.index()) == []
    keep(store, *(memory(number) for number in range(MANY, MANY + MANY // 2)))
    assert list(store.index())
    assert without_graph(store) == 0
    assert left(tmp_path / "m") == ["shard-3"]


def test_few_are_compared_one_by_one(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path, DIMENSION)
    keep(store, *(memory(number) for number in range(MANY)))
    assert list(store.index()) == []
    store.close()


def test_who_scours_meanwhile_comes_first_and_nothing_is_left_of_what_was_deleted(
    store: EdgeStore, tmp_path: Path
) -> None:
    keep(store, memory(100, "the canary sings"))
    steps = store.index()
    next(steps)
    next(steps)
    store.delete(Whole(), ids=[memory(100, "the canary sings").id])
    assert store.scour()
    assert list(steps) == []
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not [file for file in files if b"canary" in file.read_bytes()]
    assert left(tmp_path / "m") == ["shard-2"]
    assert len(everything(store)) == MANY
    assert list(store.index())
    assert without_graph(store) == 0


@pytest.mark.parametrize("moments", [1, 2])
def test_a_store_that_is_closed_meanwhile_leaves_nothing_behind(store: EdgeStore, tmp_path: Path, moments: int) -> None:
    steps = store.index()
    for _ in range(moments):
        next(steps)
    store.close()
    assert list(steps) == []
    assert left(tmp_path / "m") == ["shard-1"]


def test_whoever_loses_interest_leaves_nothing_behind(store: EdgeStore, tmp_path: Path) -> None:
    steps = store.index()
    next(steps)
    assert len(left(tmp_path / "m")) == 2
    assert list(store.index()) == [], "one at a time"
    steps.close()  # type: ignore[attr-defined]
    assert left(tmp_path / "m") == ["shard-1"]
    assert list(store.index())


def test_a_graph_that_cannot_be_built_is_told_and_all_is_found_without(
    store: EdgeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_indexing.sys, "executable", "/bin/false")
    with pytest.raises(MemoryUnavailable, match="no graph could be built of the memories: it ended with 1") as told:
        list(store.index())
    assert "more slowly" in told.value.next_step
    assert left(tmp_path / "m") == ["shard-1"]
    assert memory(5).id in store.search(question("tea 5"), Whole("t")).memories
    monkeypatch.undo()


@pytest.mark.parametrize("point", [REWRITTEN, IN_FORCE])
def test_killed_over_it_it_has_everything_once_and_nothing_is_left_over(
    point: str, store: EdgeStore, tmp_path: Path
) -> None:
    store.close()
    (tmp_path / point).touch()
    folder = tmp_path / "m"
    died = subprocess.run(
        [sys.executable, "-c", INDEXES, str(folder), str(DIMENSION)],
        env={"ROOKERY_CRASH_AT": str(tmp_path)},
        check=False,
    )
    assert died.returncode == KILLED
    (folder / "indexing-0" / "segments").mkdir(parents=True)
    again = EdgeStore(folder, DIMENSION)
    assert set(everything(again)) == set(range(MANY))
    assert len(left(folder)) == 1
    again.close()
