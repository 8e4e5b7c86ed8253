"""A snapshot holds all that a store knows, and every store takes it back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tasks.contracts.errors import BackupDamaged, ConfigurationError
from tasks.jobs.crashpoints import KILLED
from tasks.memory.stores import snapshots
from tasks.memory.stores.edge import EdgeStore
from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore
from tasks.memory.stores.store import Records, VectorStore
from tasks.memory.values import Kind, Memory, Tier, Wanted, Whole
from tests.tasks.memory.directions import DIMENSION, keep, question

SOME = [
    Memory("job1:0", "t", "7", "my dog is called Rex", 1_000, user="7", around="hello my dog is called Rex"),
    Memory("job1:1", "t", "wren", "Rex! 🐶…\n\u2028", 2_000, user="7", recalls=3, tags=("dog",), pinned=True),
    Memory("digest", "t", "wren", "a dog, Rex", 3_000, kind=Kind.DIGEST, tier=Tier.LONG, sources=("a", "b")),
    Memory("old", "u", "8", "a cat", 4_000, superseded_by="x"),
]
DIES = """
import sys
from pathlib import Path
from tasks.memory.stores import snapshots
from tasks.memory.stores.edge import EdgeStore
deed, folder, store = sys.argv[1], Path(sys.argv[2]), EdgeStore(Path(sys.argv[3]), int(sys.argv[4]))
snapshots.take(store, folder) if deed == "take" else snapshots.give_back(folder, store)
"""


def everything(store: VectorStore) -> list[Memory]:
    return sorted(store.page(Whole(), Wanted(superseded=True), limit=1000).memories, key=lambda one: one.id)


def found(store: VectorStore, asked: str) -> dict[str, tuple[float, ...]]:
    near = store.search(question(asked), Whole())
    return {
        id_: tuple(round(value, 4) for value in (part.meaning, part.meaning_around, part.words, part.words_around))
        for id_, part in near.parts.items()
    }


def die_at(point: str, tmp_path: Path, *argv: object) -> None:
    crash = tmp_path / "crash"
    crash.mkdir(exist_ok=True)
    (crash / point).touch()
    done = subprocess.run(
        [sys.executable, "-c", DIES, *map(str, argv), str(DIMENSION)], env={"ROOKERY_CRASH_AT": str(crash)}, check=False
    )
    assert done.returncode == KILLED


@pytest.fixture
def other(tmp_path: Path):
    store = EdgeStore(tmp_path / "other", DIMENSION)
    yield store
    store.close()


def test_what_was_taken_is_given_back_to_the_letter_and_is_found_the_same(store, other, tmp_path: Path) -> None:
    keep(store, *SOME)
    manifest = snapshots.take(store, tmp_path / "s")
    assert (manifest.count, manifest.dimension) == (4, DIMENSION)
    for taker in (other, QdrantStore(IN_MEMORY, "x", DIMENSION)):
        assert snapshots.give_back(tmp_path / "s", taker) == 4
        assert everything(taker) == everything(store)
        if type(taker) is type(store):
            assert found(taker, "what is the dog called?") == found(store, "what is the dog called?")
    assert snapshots.give_back(tmp_path / "s", other) == 4
    assert other.count(Whole(), Wanted(superseded=True)) == 4, "a second time changes nothing"


def test_nothing_is_a_snapshot_too(store, other, tmp_path: Path) -> None:
    assert snapshots.take(store, tmp_path / "s").count == 0
    assert snapshots.give_back(tmp_path / "s", other) == 0


def test_only_its_owner_may_read_it(other, tmp_path: Path) -> None:
    snapshots.take(other, tmp_path / "s")
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "s").iterdir()} == {0o600}


class Compressed:
    """A store in which, while it is read, a digest takes the place of what was not read yet."""

    def __init__(self, store: EdgeStore) -> None:
        self.store, self.dimension, self.first = store, DIMENSION, True

    def read(self, whose: Whole, _limit: int, after: str) -> Records:
        page = self.store.read(whose, 1, after)
        if self.first:
            self.first = False
            seen = page.records[0][0].id
            made = (Memory(f"d{number}", "t", "7", "all of it", 1) for number in range(999))
            digest = next(one for one in made if one.id < seen)
            rest = [one.id for one in everything(self.store) if one.id != seen]
            keep(self.store, digest)
            self.store.delete(Whole(), ids=rest)
        return page


def test_what_took_the_place_of_others_while_it_was_read_is_in_it(other, tmp_path: Path) -> None:
    most = sorted((Memory(f"m{number}", "t", "7", f"tea {number}", 1) for number in range(30)), key=lambda one: one.id)
    keep(other, *most[15:])  # room for the digest before them
    snapshots.take(Compressed(other), tmp_path / "s")
    assert "all of it" in (tmp_path / "s" / snapshots.RECORDS).read_text()


@pytest.mark.parametrize("harm", [b"x", b""])
def test_one_that_was_changed_is_refused_before_anything_is_put(other, tmp_path: Path, harm: bytes) -> None:
    keep(other, *SOME)
    snapshots.take(other, tmp_path / "s")
    other.delete(Whole(), Wanted(superseded=True))
    file = tmp_path / "s" / snapshots.RECORDS
    file.write_bytes(file.read_bytes()[:-9] + harm)
    with pytest.raises(BackupDamaged, match="another checksum"):
        snapshots.give_back(tmp_path / "s", other)
    assert other.count(Whole(), Wanted(superseded=True)) == 0


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"format": 1}'])
def test_one_without_a_whole_manifest_is_refused(other, tmp_path: Path, text: str | None) -> None:
    snapshots.take(other, tmp_path)
    (tmp_path / snapshots.MANIFEST).unlink()
    if text is not None:
        (tmp_path / snapshots.MANIFEST).write_text(text)
    with pytest.raises(BackupDamaged, match="not whole"):
        snapshots.give_back(tmp_path, other)


def test_one_of_a_later_format_or_of_another_model_is_refused(other, tmp_path: Path) -> None:
    keep(other, *SOME)
    snapshots.take(other, tmp_path / "s")
    small = QdrantStore(IN_MEMORY, "x", 4)
    with pytest.raises(ConfigurationError, match="vectors of 64 numbers"):
        snapshots.give_back(tmp_path / "s", small)
    manifest = tmp_path / "s" / snapshots.MANIFEST
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 9'))
    with pytest.raises(ConfigurationError, match="format 9"):
        snapshots.give_back(tmp_path / "s", other)


def test_killed_before_the_manifest_it_is_none_and_the_next_one_is_whole(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path / "m", DIMENSION)
    keep(store, *SOME)
    snapshots.take(store, tmp_path / "s")
    store.close()
    die_at(snapshots.WRITTEN, tmp_path, "take", tmp_path / "s", tmp_path / "m")
    with pytest.raises(BackupDamaged):
        snapshots.check(tmp_path / "s")
    store = EdgeStore(tmp_path / "m", DIMENSION)
    assert snapshots.take(store, tmp_path / "s").count == 4
    store.close()


def test_killed_while_it_is_given_back_it_is_whole_after_another_time(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path / "m", DIMENSION)
    keep(store, *(Memory(f"m{number}", "t", "7", f"tea {number}", 1) for number in range(snapshots.PAGE + 5)))
    snapshots.take(store, tmp_path / "s")
    die_at(snapshots.TAKEN_BACK, tmp_path, "back", tmp_path / "s", tmp_path / "n")
    again = EdgeStore(tmp_path / "n", DIMENSION)
    assert again.count(Whole()) == snapshots.PAGE
    assert snapshots.give_back(tmp_path / "s", again) == snapshots.PAGE + 5
    assert everything(again) == everything(store)
    again.close()
    store.close()
