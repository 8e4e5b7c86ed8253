from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError, MemoryLocked
from tasks.memory.edge import EdgeStore
from tasks.memory.values import Memory, Whole
from tests.tasks.memory.conftest import DIMENSION, keep

WRITES_UNTIL_KILLED = """
import sys
from pathlib import Path
from tasks.memory.edge import EdgeStore
from tests.tasks.memory.conftest import DIMENSION, keep
from tasks.memory.values import Memory
store = EdgeStore(Path(sys.argv[1]), DIMENSION)
for number in range(100_000):
    keep(store, Memory(source=f"job{number}", tenant="t", author="7", text=f"tea {number}", at_ms=number))
    print(number, flush=True)
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
