"""The tasks of memory: a store that is away ends none of them, and what is left is rung for again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import ConfigurationError, MemoryUnavailable, StoreUnavailable
from tasks.contracts.queues import MEMORY
from tasks.jobs.store import Store
from tasks.services import Services
from tests.tasks.ringing import give_back


class Recollection:
    """Has so many moments' worth of work left; or a store that is away."""

    def __init__(self, left: int = 0, *, away: bool = False) -> None:
        self.left, self.away, self.recalls = left, away, 0
        self.told: list[object] = []
        self.forgot = False

    def recall(self) -> int:
        if self.away:
            raise StoreUnavailable("Redis did not answer")
        self.recalls += 1
        return 1

    def owes(self) -> bool:
        return self.forgot

    def ingest(self) -> bool:
        if self.away:
            raise MemoryUnavailable("the store is away")
        self.left -= 1
        return self.left > 0

    def tidy(self, which: str = "") -> bool:
        self.told.append(which)
        return self.ingest()

    def noted(self, job: str, ids: Sequence[str]) -> None:
        self.told.append((job, *ids))
        self.ingest()

    def summarized(self, job: str, channel: str, sources: Sequence[str]) -> None:
        self.noted(job, [channel, *sources])

    def close(self) -> None:
        pass


@pytest.fixture
def store(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """What tasks ring on."""
    app.loader.import_default_modules()
    monkeypatch.setattr(app.conf, "broker_url", redis_url)
    opened = Store.open(redis_url)
    yield opened
    opened.close()
    give_back()


def supply(monkeypatch: pytest.MonkeyPatch, store: Store, recollection: Recollection | None) -> None:
    monkeypatch.setattr(RookeryTask, "supplied", Services(store=store, recollection=recollection))


def test_what_is_left_is_rung_for_again_until_nothing_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    supply(monkeypatch, store, Recollection(left=2))
    app.tasks[names.INGEST]()
    assert store.client.llen(MEMORY) == 1
    assert names.INGEST in store.client.rpop(MEMORY)
    app.tasks[names.INGEST]()
    assert store.client.llen(MEMORY) == 0


def test_a_bell_has_memories_fetched(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    recollection = Recollection()
    supply(monkeypatch, store, recollection)
    app.tasks[names.RECALL]()
    assert recollection.recalls == 1


def test_what_was_forgotten_leaves_the_disks_also_where_no_beat_rings(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    recollection = Recollection()
    recollection.forgot = True
    supply(monkeypatch, store, recollection)
    app.tasks[names.RECALL]()
    assert names.INGEST in store.client.rpop(MEMORY)


def test_a_night_goes_on_for_as_long_as_there_is_something_to_do(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    recollection = Recollection(left=2)
    supply(monkeypatch, store, recollection)
    app.tasks[names.TIDY]("week")
    assert names.TIDY in store.client.rpop(MEMORY)
    app.tasks[names.TIDY]()
    assert store.client.llen(MEMORY) == 0
    assert recollection.told == ["week", ""]


@pytest.mark.parametrize("task", [names.DIGESTED, names.SUMMARIZED])
def test_what_a_model_made_comes_with_ids(store: Store, monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    recollection = Recollection()
    supply(monkeypatch, store, recollection)
    app.tasks[task]("job", "one", "two")
    assert recollection.told == [("job", "one", "two")]


TASKS = [(names.RECALL,), (names.INGEST,), (names.TIDY,), (names.DIGESTED, "job"), (names.SUMMARIZED, "job", "channel")]


@pytest.mark.parametrize(("task", "args"), [(name, args) for name, *args in TASKS])
def test_what_is_away_ends_no_task_and_rings_for_none(
    store: Store, monkeypatch: pytest.MonkeyPatch, task: str, args: list[str]
) -> None:
    supply(monkeypatch, store, Recollection(away=True))
    app.tasks[task](*args)
    assert store.client.llen(MEMORY) == 0


def test_a_worker_that_remembers_nothing_says_whose_bells_these_are(store: Store) -> None:
    with pytest.raises(ConfigurationError, match="rookery run memory"):
        Services(store=store).memory()
