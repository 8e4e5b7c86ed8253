from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.contracts.errors import ConfigurationError, MemoryFull, MemoryLocked, MemoryUnavailable
from tasks.jobs.crashpoints import KILLED
from tasks.memory.stores import edge, edge_folder, edge_parts
from tasks.memory.stores.edge import IN_FORCE, REWRITTEN, EdgeStore
from tasks.memory.values import Between, Memory, Wanted, Whole
from tests.tasks.memory.directions import DIMENSION, keep, question

WRITES_UNTIL_KILLED = """
import sys
from pathlib import Path
from tasks.memory.stores.edge import EdgeStore
from tests.tasks.memory.directions import DIMENSION, keep
from tasks.memory.values import Memory
store = EdgeStore(Path(sys.argv[1]), DIMENSION)
for number in range(100_000):
    keep(store, Memory(source=f"job{number}", tenant="t", author="7", text=f"tea {number}", at_ms=number))
    print(number, flush=True)
"""

SCOURS = """
import sys
from pathlib import Path
from tasks.memory.stores.edge import EdgeStore
from tasks.memory.values import Memory
from tests.tasks.memory.directions import DIMENSION, keep
store = EdgeStore(Path(sys.argv[1]), DIMENSION)
for number in (1, 2):
    keep(store, Memory(source=f"job{number}", tenant="t", author="7", text=f"tea {number}", at_ms=number))
store.scour()
"""


def memory(number: int) -> Memory:
    return Memory(source=f"job{number}", tenant="t", author="7", text=f"tea {number}", at_ms=number)


def test_a_folder_has_one_owner_and_a_second_one_is_told_who_it_is(tmp_path: Path) -> None:
    first = EdgeStore(tmp_path, DIMENSION)
    with pytest.raises(MemoryLocked, match=str(os.getpid())):
        EdgeStore(tmp_path, DIMENSION)
    keep(first, memory(1))
    assert first.count(Whole()) == 1, "the one who was refused did no harm"
    first.close()
    second = EdgeStore(tmp_path, DIMENSION)
    assert second.get([memory(1).id], Whole()) == [memory(1)]
    second.close()
    second.close()


def test_vectors_of_another_size_are_refused_and_the_folder_is_let_go(tmp_path: Path) -> None:
    EdgeStore(tmp_path, DIMENSION).close()
    with pytest.raises(ConfigurationError, match="vectors of 64 numbers"):
        EdgeStore(tmp_path, 32)
    EdgeStore(tmp_path, DIMENSION).close()


def test_what_was_kept_outlives_a_kill(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", WRITES_UNTIL_KILLED, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(40)]
        writer.send_signal(signal.SIGKILL)
        told += [int(line) for line in writer.stdout.read().split()]
    store = EdgeStore(tmp_path, DIMENSION)
    ids = [memory(number).id for number in told]
    assert {one.id for one in store.get(ids, Whole())} == set(ids)
    assert len(ids) <= store.count(Whole()) <= len(ids) + 1
    store.close()


def fail(error: Exception) -> None:
    raise error


def traces(folder: Path, word: str) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and word.encode() in file.read_bytes()]


def test_what_was_deleted_is_in_no_file_once_it_was_scoured(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path, DIMENSION)
    secret = Memory(source="secret", tenant="t", author="7", text="the canary sings", at_ms=1)
    keep(store, secret, memory(1), memory(2))
    store.delete(Whole(), ids=[secret.id])
    assert traces(tmp_path, "canary"), "deleted, but there for whoever reads the disk"
    assert store.scour()
    assert not traces(tmp_path, "canary")
    assert store.count(Whole()) == 2
    assert set(store.search(question("tea 2"), Whole()).memories) == {memory(1).id, memory(2).id}
    keep(store, memory(3))
    store.close()
    again = EdgeStore(tmp_path, DIMENSION)
    assert {one.id for one in again.page(Whole()).memories} == {memory(number).id for number in (1, 2, 3)}
    again.close()
    assert not traces(tmp_path, "canary")


@pytest.mark.parametrize("point", [REWRITTEN, IN_FORCE])
def test_killed_while_it_is_scoured_it_has_everything_once_and_nothing_is_left_over(point: str, tmp_path: Path) -> None:
    (tmp_path / point).touch()
    died = subprocess.run(
        [sys.executable, "-c", SCOURS, str(tmp_path / "m")], env={"ROOKERY_CRASH_AT": str(tmp_path)}, check=False
    )
    assert died.returncode == KILLED
    store = EdgeStore(tmp_path / "m", DIMENSION)
    assert {one.id for one in store.page(Whole()).memories} == {memory(1).id, memory(2).id}
    assert len(list((tmp_path / "m").glob("shard*"))) == 1
    store.close()


def test_who_searches_while_it_is_scoured_finds_all_the_same(tmp_path: Path) -> None:
    store, over, found = EdgeStore(tmp_path, DIMENSION), threading.Event(), []
    keep(store, *(memory(number) for number in range(20)))

    def search() -> None:
        while not over.is_set():
            found.append(len(store.search(question("tea"), Whole(), limit=20).memories))

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        store.scour()
    over.set()
    for thread in threads:
        thread.join()
    assert set(found) == {20}
    store.close()


def test_what_is_written_while_it_is_scoured_is_there_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, copied = EdgeStore(tmp_path, DIMENSION), edge._copied
    keep(store, *(memory(number) for number in range(6)))

    def write_meanwhile(*told: Any) -> Any:
        copy = copied(*told)
        keep(store, memory(9))
        store.amend([replace(memory(1), recalls=7)])
        store.delete(Whole(), ids=[memory(2).id])
        store.delete(Whole(), Wanted(when=Between(3, 5)))
        keep(store, memory(4))
        return copy

    monkeypatch.setattr(edge, "_copied", write_meanwhile)
    store.scour()
    expected = {0: 0, 1: 7, 4: 0, 5: 0, 9: 0}
    assert {one.at_ms: one.recalls for one in store.page(Whole()).memories} == expected
    store.close()
    again = EdgeStore(tmp_path, DIMENSION)
    assert {one.at_ms: one.recalls for one in again.page(Whole()).memories} == expected
    again.close()


def test_one_that_could_not_be_scoured_is_scoured_another_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = EdgeStore(tmp_path, DIMENSION)
    keep(store, memory(1))
    catch_up = edge_parts.catch_up
    monkeypatch.setattr(edge_parts, "catch_up", lambda *_: fail(OSError(errno.ENOSPC, "no room")))
    with pytest.raises(MemoryFull):
        store.scour()
    monkeypatch.setattr(edge_parts, "catch_up", catch_up)
    assert store.scour()
    assert store.count(Whole()) == 1
    assert len(list(tmp_path.glob("shard*"))) == 1
    store.close()


def test_a_former_part_that_could_not_be_taken_away_goes_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = EdgeStore(tmp_path, DIMENSION)
    keep(store, Memory(source="secret", tenant="t", author="7", text="the canary sings", at_ms=1))
    store.delete(Whole())
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", lambda path, **_: fail(OSError(errno.EBUSY, "busy")) if path.exists() else 0)
        with pytest.raises(MemoryUnavailable):
            store.scour()
    assert traces(tmp_path, "canary")
    store.scour()
    assert not traces(tmp_path, "canary")
    assert len(list(tmp_path.glob("shard*"))) == 1
    store.close()


def test_who_is_closed_while_it_is_scoured_puts_nothing_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, copied = EdgeStore(tmp_path, DIMENSION), edge._copied
    keep(store, memory(1))
    others: list[EdgeStore] = []

    def close_meanwhile(*told: Any) -> Any:
        copy = copied(*told)
        store.close()
        others.append(EdgeStore(tmp_path, DIMENSION))
        return copy

    monkeypatch.setattr(edge, "_copied", close_meanwhile)
    with pytest.raises(MemoryUnavailable):
        store.scour()
    others[0].close()
    again = EdgeStore(tmp_path, DIMENSION)
    assert again.count(Whole()) == 1
    again.close()


def test_without_room_for_a_second_one_nothing_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = EdgeStore(tmp_path, DIMENSION)
    keep(store, memory(1))
    free = edge_folder.LEAST_FREE + edge_folder.size(tmp_path) // 2
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(MemoryFull):
        store.scour()
    keep(store, memory(2))
    assert [found.name for found in tmp_path.glob("shard*")] == ["shard-1"]
    store.close()


def test_what_was_written_is_on_the_disk_when_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, synced = EdgeStore(tmp_path, DIMENSION), set[str]()
    sync = os.fsync

    def note(file: int) -> None:
        synced.add(os.readlink(f"/proc/self/fd/{file}"))
        sync(file)

    monkeypatch.setattr(os, "fsync", note)
    for deed in (lambda: keep(store, memory(1)), lambda: store.amend([memory(1)]), lambda: store.delete(Whole())):
        synced.clear()
        deed()
        journals = {file for file in synced if file.startswith(str(tmp_path)) and "/wal/open-" in file}
        assert journals
    store.close()


def test_without_room_nothing_is_written_and_what_is_there_is_found_and_can_go(tmp_path: Path) -> None:
    first = EdgeStore(tmp_path, DIMENSION)
    keep(first, memory(1), memory(2))
    first.close()
    store = EdgeStore(tmp_path, DIMENSION, least_free=1 << 60)
    for deed in (lambda: keep(store, memory(3)), lambda: store.amend([memory(1)]), store.scour):
        with pytest.raises(MemoryFull, match="MiB left"):
            deed()
    assert set(store.search(question("tea 1"), Whole()).memories) == {memory(1).id, memory(2).id}
    assert store.delete(Whole(), ids=[memory(1).id]) == 1
    store.close()


def test_a_folder_that_cannot_be_written_is_unavailable_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MemoryUnavailable, match="Not a directory"):
        EdgeStore(tmp_path / "file" / "m", DIMENSION)


def test_what_the_engine_cannot_read_is_unavailable_and_the_folder_is_let_go(tmp_path: Path) -> None:
    EdgeStore(tmp_path, DIMENSION).close()
    kept = tmp_path / "shard-1" / "edge_config.json"
    whole = kept.read_text()
    kept.write_text("{")
    with pytest.raises(MemoryUnavailable, match="Failed to deserialize"):
        EdgeStore(tmp_path, DIMENSION)
    kept.write_text(whole)
    EdgeStore(tmp_path, DIMENSION).close()


def test_what_somebody_died_over_while_it_was_made_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "shard-1").mkdir()
    (tmp_path / "shard-1" / "half").touch()
    store = EdgeStore(tmp_path, DIMENSION)
    keep(store, memory(1))
    assert store.count(Whole()) == 1
    store.close()


def test_what_an_older_version_made_is_opened(tmp_path: Path) -> None:
    EdgeStore(tmp_path, DIMENSION).close()
    (tmp_path / "shard-1").rename(tmp_path / "shard")
    (tmp_path / "current").unlink()
    store = EdgeStore(tmp_path, DIMENSION)
    keep(store, memory(1))
    store.close()
    assert (tmp_path / "shard").exists()


def test_more_than_is_flushed_at_once_is_there_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "FLUSH_EVERY", 3)
    store = EdgeStore(tmp_path / "m", DIMENSION)
    for number in range(7):
        keep(store, memory(number))
    shutil.copytree(tmp_path / "m", tmp_path / "copy")  # what the disk holds, while its owner is at work
    copy = EdgeStore(tmp_path / "copy", DIMENSION)
    assert copy.count(Whole()) == 7
    copy.close()
    store.close()


def test_eight_writers_lose_nothing(tmp_path: Path) -> None:
    store = EdgeStore(tmp_path, DIMENSION)

    def write(writer: int) -> None:
        for number in range(25):
            keep(store, memory(writer * 100 + number))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count(Whole()) == 200
    store.close()
