"""What was forgotten leaves the disks, whoever was in the way, whoever knew what, and whatever the clocks say."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tasks.contracts.errors import MemoryFull, TranscriptUnavailable
from tasks.jobs import bookmarks
from tasks.jobs import forgetting as log
from tasks.jobs.forgetting import WHO
from tasks.jobs.store import Store
from tasks.memory.rights import forgetting
from tasks.memory.rights.debris import PROMPTS
from tasks.memory.rights.scouring import SCOURED, TO_SCOUR
from tests.tasks.memory.people import Rights

REX = "my dog is called Rex"


def owed(hall: Rights) -> bool:
    marks = hall.flock.store.run(bookmarks.get_many(WHO, TO_SCOUR, SCOURED))
    return marks.get(TO_SCOUR, "") != marks.get(SCOURED, "")


def scoured(hall: Rights) -> None:
    """Have the disks scoured; while Redis is writing its log anew for somebody else, that is to be asked again."""
    give_up_s = time.monotonic() + 20.0
    while owed(hall):
        assert time.monotonic() < give_up_s, "still owed"
        hall.granter.scour()


def test_what_is_owed_to_the_disk_is_done_by_whoever_comes_next(hall: Rights) -> None:
    hall.told(REX)
    hall.wish("forget")
    hall.prompts.mkdir()
    (hall.prompts / PROMPTS.replace("*", "j.1")).write_text("Rex")
    hall.another().scour()
    assert list(hall.prompts.iterdir()) == []


class Disk:
    """The disk of the memories: what happens while it is scoured, and how often it was."""

    def __init__(self, hall: Rights, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self.meanwhile: Callable[[], object] = bool
        monkeypatch.setattr(hall.store, "scour", self._scour)
        monkeypatch.setattr(log, "rewrite_log", lambda _: True)  # it may be at that already, for who came before

    def _scour(self) -> bool:
        self.times += 1
        meanwhile, self.meanwhile = self.meanwhile, bool
        meanwhile()
        return True


@pytest.fixture
def disk(hall: Rights, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(hall, monkeypatch)


def test_whoever_asks_while_a_disk_is_scoured_is_free_at_once_and_scours_nothing(hall: Rights, disk: Disk) -> None:
    hall.told(REX)
    hall.wish("forget")
    disk.meanwhile = hall.granter.scour
    hall.granter.scour()
    hall.granter.scour()
    assert disk.times == 1


def test_that_something_has_to_leave_the_disks_is_said_once(hall: Rights) -> None:
    hall.told(REX)
    hall.wish("list")
    assert hall.granter.owes() is False
    hall.wish("forget")
    assert [hall.granter.owes(), hall.granter.owes()] == [True, False]


def test_what_is_forgotten_while_a_disk_is_scoured_is_scoured_all_at_once_after_it(hall: Rights, disk: Disk) -> None:
    hall.told(REX, "I like tea", "I live in Bern")

    def more() -> None:
        hall.wish("forget", "tea")
        hall.wish("forget", "Bern")

    hall.wish("forget", "Rex")
    disk.meanwhile = more
    for _ in range(3):
        hall.granter.scour()
    assert disk.times == 2


def test_who_scours_in_the_middle_of_a_wish_was_too_early(
    hall: Rights, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.told(REX)
    monkeypatch.setattr(forgetting, "reach", lambda step: hall.granter.scour() if step == forgetting.CHOSEN else None)
    hall.wish("forget")
    assert disk.times == 1
    hall.granter.scour()
    assert disk.times == 2


def test_others_in_the_way_have_the_memories_written_anew_no_second_time(
    hall: Rights, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.told(REX)
    hall.wish("forget")
    with monkeypatch.context() as patched:
        patched.setattr(hall.transcript, "scour", lambda: False)
        hall.granter.scour()
    hall.granter.scour()
    assert (disk.times, owed(hall)) == (1, False)


def test_memories_that_cannot_be_written_anew_now_are_another_time(
    hall: Rights, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise MemoryFull("the disk is full")

    hall.told(REX)
    hall.wish("forget")
    disk.meanwhile = full
    with pytest.raises(MemoryFull):
        hall.granter.scour()
    hall.granter.scour()
    assert disk.times == 2


def test_what_was_forgotten_while_another_thread_was_at_it_waits_for_nobody_else(hall: Rights, disk: Disk) -> None:
    hall.told(REX, "I like tea")

    def more() -> None:
        hall.wish("forget", "tea")
        hall.granter.scour()  # another thread, which is free at once

    hall.wish("forget", "Rex")
    disk.meanwhile = more
    hall.granter.scour()
    assert (disk.times, owed(hall)) == (2, False)


def test_whoever_looked_before_it_was_forgotten_looks_again(hall: Rights, disk: Disk) -> None:
    other = hall.another()
    other.scour()
    hall.told(REX)
    hall.wish("forget")
    other.scour()
    assert (disk.times, owed(hall)) == (1, False)


def test_a_clock_that_was_set_back_hides_nothing_that_is_owed(hall: Rights, disk: Disk) -> None:
    ahead_ms = "99999999999999"
    hall.flock.store.run(bookmarks.put_many(WHO, {TO_SCOUR: ahead_ms, SCOURED: ahead_ms}))
    hall.told(REX)
    hall.wish("forget")
    assert owed(hall)
    hall.granter.scour()
    assert (disk.times, owed(hall)) == (1, False)


def test_one_disk_does_not_wait_for_another_and_none_is_done_twice(
    hall: Rights, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> bool:
        raise TranscriptUnavailable("the database is away")

    logs: list[Store] = []

    def rewritten(ledger: Store) -> bool:
        logs.append(ledger)
        return True

    monkeypatch.setattr(log, "rewrite_log", rewritten)
    hall.told(REX)
    hall.wish("forget")
    with monkeypatch.context() as patched:
        patched.setattr(hall.transcript, "scour", away)
        for _ in range(2):
            with pytest.raises(TranscriptUnavailable):
                hall.granter.scour()
    assert (disk.times, len(logs), owed(hall)) == (1, 1, True)
    hall.granter.scour()
    assert (disk.times, len(logs), owed(hall)) == (1, 1, False)


def test_what_is_written_down_only_later_is_owed_to_the_disks_too(hall: Rights) -> None:
    claim = hall.ask(REX)
    hall.wish("forget")
    scoured(hall)
    hall.flock.finish(claim, "Rex is a fine name.")
    hall.archive()
    assert hall.remember() == []
    assert owed(hall)
