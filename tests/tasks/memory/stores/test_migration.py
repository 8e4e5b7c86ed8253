"""Memories of an older form are written anew as a store is opened; those of a later one are left alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.jobs.crashpoints import KILLED
from tasks.memory.stores import migration, payload
from tasks.memory.stores.edge import EdgeStore
from tasks.memory.stores.migration import brought_up
from tasks.memory.stores.store import VectorStore, Versions
from tasks.memory.values import Memory, Whole
from tests.tasks.memory.directions import DIMENSION, keep

SAID = Memory("job:0", "t", "7", "green tea", 1)
DIES = """
import sys
from pathlib import Path
from tasks.memory.stores import migration
from tasks.memory.stores.edge import EdgeStore
from tests.tasks.memory.stores.test_migration import next_version
migration.PAGE = 2
next_version()
migration.brought_up(EdgeStore(Path(sys.argv[1]), int(sys.argv[2])))
"""


def next_version() -> None:
    """Let there be another version, in which tea is coffee."""
    payload.UPGRADES[payload.VERSION] = lambda told: {**told, "text": told["text"].replace("tea", "coffee")}
    set_version(payload.VERSION + 1)


def set_version(version: int) -> None:
    for name in ("payload", "edge", "qdrant"):
        if module := sys.modules.get(f"tasks.memory.stores.{name}"):
            module.VERSION = version


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    version = payload.VERSION
    yield
    set_version(version)
    payload.UPGRADES.pop(version, None)


def test_every_version_has_what_makes_its_form_of_the_one_before() -> None:
    assert sorted(payload.UPGRADES) == list(range(1, payload.VERSION))


def test_what_had_no_version_was_the_first(store: VectorStore) -> None:
    kept = payload.payload_of(SAID)
    del kept[payload.VERSIONED]
    assert payload.memory_of(kept) == SAID


def test_memories_of_an_older_form_are_written_anew_once(store: VectorStore) -> None:
    keep(store, SAID, replace(SAID, source="job:1", superseded_by="x"))
    assert store.versions() == Versions(2, 2, 0)
    next_version()
    assert store.versions() == Versions(2, 0, 0)
    assert [memory.text for memory in store.get([SAID.id], Whole())] == ["green coffee"], "read as it will be"
    assert brought_up(store) is store
    assert store.versions() == Versions(2, 2, 0)
    payload.UPGRADES[payload.VERSION - 1] = lambda told: pytest.fail("not once more")
    assert [memory.text for memory in brought_up(store).get([SAID.id], Whole())] == ["green coffee"]


def test_memories_of_a_later_version_are_refused(store: VectorStore) -> None:
    keep(store, SAID)
    set_version(payload.VERSION - 1)
    with pytest.raises(ConfigurationError, match="1 memories were written by a later version"):
        brought_up(store)


def test_killed_over_it_the_next_one_goes_on(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path / "m", DIMENSION)
    keep(store, *(Memory(f"job{number}:0", "t", "7", f"tea {number}", 1) for number in range(6)))
    store.close()
    (tmp_path / migration.MIGRATED).touch()
    died = subprocess.run(
        [sys.executable, "-c", DIES, str(tmp_path / "m"), str(DIMENSION)],
        env={"ROOKERY_CRASH_AT": str(tmp_path)},
        check=False,
    )
    assert died.returncode == KILLED
    next_version()
    store = EdgeStore(tmp_path / "m", DIMENSION)
    assert store.versions() == Versions(6, 2, 0)
    brought_up(store)
    assert {memory.text for memory in store.page(Whole()).memories} == {f"coffee {number}" for number in range(6)}
    store.close()
