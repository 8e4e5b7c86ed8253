"""The disk is full: below Redis, which refuses or ends and comes back when there is room; below the logs, unnoticed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tasks.contracts.jobs import Outcome
from tests.faults.chat import now_ms
from tests.faults.conftest import THREE_HOSTS
from tests.faults.house import BOT, READY_S, REDIS, House, until
from tests.faults.invariants import check
from tests.faults.judging import REFUSED
from tests.faults.load import Talk
from tests.faults.notebook import NOTEBOOK
from tests.faults.settings import PATIENT_S
from workers.supervision.redis_server import MIN_FREE_BYTES

ROOT_ON_LINUX = sys.platform == "linux" and os.geteuid() == 0
pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.skipif(not ROOT_ON_LINUX, reason="needs root on Linux, to mount small disks"),
]
HOSTS = ("one", "two", "three")
MIB = 2**20
REDIS_DISK_MIB = MIN_FREE_BYTES // MIB + 32
LOG_DISK_MIB = 1
BALLAST = "ballast"
BEFORE_S, FULL_S, AFTER_S = 3.0, 8.0, 3.0
TOLD_MS = 2_000


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[None]:
    """Have a disk of its own below a folder."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Leave not a byte of room on the disk below a folder."""
    ballast = folder / BALLAST
    with ballast.open("wb", buffering=0) as file:
        size = MIB
        while size:
            try:
                written = file.write(b"x" * size)
            except OSError:
                written = 0
            size = size if written == size else size // 2
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture
def narrow(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[House]:
    """A flock whose Redis has a small disk."""
    with (
        small_disk(tmp_path / "redis", REDIS_DISK_MIB),
        House(tmp_path, free_port(), THREE_HOSTS, HOSTS) as house,
    ):
        yield house


def talk_over_a_full_disk(house: House) -> list[int]:
    """Talk before, while and after the disk of Redis is full; assert every promise; return how long refusals took."""
    with Talk(house.chat) as talk:
        time.sleep(BEFORE_S)
        with full(house.folder / "redis"):
            time.sleep(FULL_S)
        lifted_ms = now_ms()
        until(lambda: house.pid(REDIS) is not None, READY_S)
        time.sleep(AFTER_S)
    house.await_answers(talk.messages)
    check(house, talk.messages, late_s=FULL_S + AFTER_S, lifted_ms=[lifted_ms])
    return house.chat.refusals_ms(REFUSED)


def test_redis_ends_when_its_disk_is_full_and_comes_back_with_all_that_it_had_accepted(narrow: House):
    redis, bot = narrow.pid(REDIS), narrow.pid(BOT)
    talk_over_a_full_disk(narrow)
    said = (narrow.folder / "logs" / "redis.log").read_text("utf-8")
    assert "Short write while writing to the AOF file" in said
    assert "are free" in said, "the supervisor says why it does not start it again"
    assert narrow.pid(REDIS) != redis
    assert narrow.pid(BOT) == bot, "who asks is not harmed"


def test_a_redis_that_does_not_write_at_once_refuses_while_its_disk_is_full(narrow: House):
    narrow.store.client.config_set("appendfsync", "everysec")
    family = narrow.pid(REDIS), narrow.pid(BOT), set(narrow.agents()), set(narrow.workers())
    waits_ms = talk_over_a_full_disk(narrow)
    NOTEBOOK.page.tell(told_within=f"{max(waits_ms, default=0)} ms")
    assert waits_ms, "somebody was told"
    assert waits_ms[-1] <= TOLD_MS
    assert (narrow.pid(REDIS), narrow.pid(BOT), set(narrow.agents()), set(narrow.workers())) == family, "nobody died"


def test_logs_without_room_disturb_nobody(tmp_path: Path, free_port: Callable[[], int]):
    logs = tmp_path / "logs"
    with small_disk(logs, LOG_DISK_MIB), House(tmp_path, free_port(), THREE_HOSTS, HOSTS) as house:
        with full(logs), Talk(house.chat, deadline_s=PATIENT_S) as talk:
            time.sleep(BEFORE_S)
            killed_ms = now_ms()
            house.kill("host-one")  # what is started meanwhile has no room for a word, either
            time.sleep(AFTER_S)
            until(house.complete, READY_S)
        house.await_answers(talk.messages)
        views = check(house, talk.messages, lifted_ms=[killed_ms])
    assert [view.outcome for view in views] == [Outcome.REPLY] * len(views)
