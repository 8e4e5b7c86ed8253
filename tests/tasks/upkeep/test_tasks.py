"""The small tasks of the upkeep worker: each asks for its ability, and a database that is away ends none of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import ConfigurationError, TranscriptUnavailable
from tasks.contracts.queues import UPKEEP
from tasks.jobs import bell
from tasks.jobs.store import Store
from tasks.services import Services
from tests.tasks.ringing import give_back


class Keeper:
    """Has so many moments' worth of work left; or a database that is away."""

    def __init__(self, left: int = 0, *, away: bool = False) -> None:
        self.left, self.away, self.refills = left, away, 0

    def archive(self) -> bool:
        if self.away:
            raise TranscriptUnavailable("the disk is full")
        self.left -= 1
        return self.left > 0

    def refill(self) -> int:
        if self.away:
            raise TranscriptUnavailable("the disk is full")
        self.refills += 1
        return 1


@pytest.fixture
def supply(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store that tasks ring on; call `monkeypatch` through `keep`."""
    app.loader.import_default_modules()
    monkeypatch.setattr(app.conf, "broker_url", redis_url)
    store = Store.open(redis_url)
    yield store
    store.close()
    give_back()


def keep(monkeypatch: pytest.MonkeyPatch, store: Store, keeper: Keeper | None) -> None:
    monkeypatch.setattr(RookeryTask, "supplied", Services(store=store, keeper=keeper))


def test_what_is_left_is_rung_for_again_behind_whoever_waits(supply: Store, monkeypatch: pytest.MonkeyPatch):
    supply.client.lpush(UPKEEP, bell.message(names.REFILL, "one", UPKEEP, ()))
    keep(monkeypatch, supply, Keeper(left=4))
    for _ in range(3):  # also where beat rings besides, one bell is enough
        app.tasks[names.ARCHIVE]()
        assert supply.client.llen(UPKEEP) == 2
    assert names.REFILL in supply.client.rpop(UPKEEP)
    assert names.ARCHIVE in supply.client.rpop(UPKEEP)
    app.tasks[names.ARCHIVE]()
    assert supply.client.llen(UPKEEP) == 0


def test_a_bell_for_a_session_has_sessions_read_again(supply: Store, monkeypatch: pytest.MonkeyPatch):
    keeper = Keeper()
    keep(monkeypatch, supply, keeper)
    app.tasks[names.REFILL]()
    assert keeper.refills == 1


@pytest.mark.parametrize("task", [names.ARCHIVE, names.REFILL])
def test_a_database_that_is_away_is_a_line_in_the_log(
    supply: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, task: str
):
    keep(monkeypatch, supply, Keeper(away=True))
    app.tasks[task]()
    [line] = caplog.records
    assert (line.levelname, line.error) == ("WARNING", "the disk is full")
    assert supply.client.llen(UPKEEP) == 0


def test_a_worker_without_a_transcript_says_whose_work_this_is(supply: Store):
    with pytest.raises(ConfigurationError, match=r"no transcript → its bells go to `rookery run upkeep`"):
        Services(store=supply).transcript()
