"""Memories that another process has open: it copies them for who asks, into one place and no other."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import MemoryUnavailable
from tasks.contracts.queues import MEMORY
from tasks.contracts.sections import Memory as Wishes
from tasks.jobs import remembering
from tasks.jobs.store import Store
from tasks.memory import copies
from tasks.memory.opening import Opened
from tasks.memory.recollection import Remembering
from tasks.memory.stores import snapshots
from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore
from tasks.memory.values import Memory
from tasks.services import Services
from tests.tasks.memory.conftest import DIMENSION, Directions, keep

NAME = f"directions-{DIMENSION}"
REX = Memory("job:0", "web:ada", "web:ada", "my dog is called Rex", 1, user="web:ada", persona="wren", direct=True)


@pytest.fixture
def ledger(redis_url: str) -> Iterator[Store]:
    """A ledger where somebody says that they remember."""
    made = Store.open(redis_url)
    made.run(remembering.is_up(600.0))
    yield made
    made.close()


@pytest.fixture
def memories() -> Opened:
    """One memory, in somebody's hands."""
    opened = Opened(NAME, lambda: QdrantStore(IN_MEMORY, NAME, DIMENSION))
    keep(opened.get(), REX)
    return opened


class Holder(ManualClock):
    """Who has the memories open: hears the bell while the other one waits."""

    def __init__(self, ledger: Store, memories: Opened, folder: Path) -> None:
        super().__init__()
        self._ledger, self._memories, self._folder = ledger, memories, folder

    def sleep(self, seconds: float) -> None:
        """Hear the bell, if there is one."""
        super().sleep(seconds)
        if bell := self._ledger.client.rpop(MEMORY):
            token = json.loads(bell)["headers"]["id"].removeprefix("copy-")
            copies.make(self._ledger, self._memories, self._folder, token)


def test_who_may_not_open_them_is_given_a_copy(ledger: Store, memories: Opened, tmp_path: Path) -> None:
    to, folder = tmp_path / "backup" / NAME, tmp_path / "memory"
    assert copies.ask(ledger, NAME, folder, to, Holder(ledger, memories, folder)) == 1
    assert snapshots.check(to).count == 1
    assert not list((folder / copies.FOLDER).iterdir())


def test_what_keeps_it_from_being_made_is_told(ledger: Store, memories: Opened, tmp_path: Path) -> None:
    (tmp_path / "memory").write_text("a file where the folder should be")
    holder = Holder(ledger, memories, tmp_path / "memory")
    with pytest.raises(MemoryUnavailable, match=r"could not be copied: .*memory"):
        copies.ask(ledger, NAME, tmp_path / "memory", tmp_path / "to", holder)


def test_where_nobody_says_that_they_remember_nobody_is_waited_for(ledger: Store, tmp_path: Path) -> None:
    ledger.run(remembering.has_left())
    with pytest.raises(MemoryUnavailable, match="says nothing"):
        copies.ask(ledger, NAME, tmp_path, tmp_path / "to", ManualClock())


def test_somebody_who_never_comes_to_an_end_is_given_up(ledger: Store, tmp_path: Path) -> None:
    with pytest.raises(MemoryUnavailable, match="took too long"):
        copies.ask(ledger, NAME, tmp_path, tmp_path / "to", Hurried())


def test_the_bell_is_a_task_that_hands_the_token_on(
    ledger: Store, memories: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.loader.import_default_modules()
    remembers = Remembering(ledger, memories, Directions(), Nothing(), Wishes(), threading.Event(), folder=tmp_path)
    monkeypatch.setattr(RookeryTask, "supplied", Services(store=ledger, recollection=remembers))
    app.tasks[names.COPY].run("c" * 32)
    assert snapshots.check(tmp_path / copies.FOLDER / ("c" * 32) / NAME).count == 1


class Nothing:
    """A transcript that is not asked for."""

    def close(self) -> None:
        """Let go of nothing."""


class Hurried(ManualClock):
    """A clock on which ten minutes pass with each look."""

    def sleep(self, seconds: float) -> None:
        """Sleep for long."""
        super().sleep(seconds + copies.LONGEST_S)


@pytest.mark.parametrize("token", ["", "../../etc", "a" * 31, "A" * 32, "a" * 32 + "/x"])
def test_a_token_that_is_none_leads_nowhere(token: str, ledger: Store, memories: Opened, tmp_path: Path) -> None:
    copies.make(ledger, memories, tmp_path, token)
    assert not list(tmp_path.iterdir())


def test_what_a_killed_one_left_goes_with_the_next(ledger: Store, memories: Opened, tmp_path: Path) -> None:
    for token in ("a" * 32, "b" * 32):
        copies.make(ledger, memories, tmp_path, token)
    assert [path.name for path in (tmp_path / copies.FOLDER).iterdir()] == ["b" * 32]
