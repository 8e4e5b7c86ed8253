"""Who looks after the flock as a whole: what it tells, and that one process does."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.notices import Notice
from tasks.contracts.settings import Settings, load
from tasks.jobs import fleet_moves, notices
from tasks.notification import watching
from tasks.notification.sending import Teller
from tests.tasks.jobs.flock import Flock
from workers import warden
from workers.boot import kept_while_equal
from workers.warden import Warden, free_gib


class Ear:
    """A channel that remembers."""

    name = "log"

    def __init__(self) -> None:
        self.titles: list[str] = []

    def tell(self, notice: Notice, notice_id: str) -> None:
        self.titles.append(notice.title)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "rookery.toml"
    file.write_text('[notify]\nfree_gib = 0\n\n[[host]]\nname = "anvil"\n')
    return load(file, {})


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def looking(flock: Flock, settings: Settings, ear: Ear) -> Callable[[], Warden]:
    """Call it for another process that looks."""
    return lambda: Warden(flock.store, lambda: settings, Teller(flock.store, lambda: (ear,)))


def told(flock: Flock) -> list[str]:
    """Return the titles of what there is to tell, and leave nothing."""
    titles = []
    while taken := flock.store.run(notices.take()):
        titles.append(taken.notice.title)
        flock.store.run(notices.told(taken, (), None))
    return titles


def vanish(flock: Flock, name: str = "anvil") -> None:
    """Have a host die: its presence lapses."""
    flock.client.zadd(flock.store.key("hosts"), {name: 1})


def test_a_host_that_dies_and_comes_back_is_told(
    flock: Flock, looking: Callable[[], Warden], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.notification.troubles.GONE_S", 0.0)
    monkeypatch.setattr("tasks.notification.watching.STEADY_S", 0.0)
    one = looking()
    flock.host("anvil")
    one.look()
    assert told(flock) == []
    vanish(flock)
    one.look()
    assert told(flock) == ["Host anvil is gone"]
    one.look()
    assert told(flock) == []
    flock.host("anvil")
    one.look()
    assert told(flock) == ["Host anvil is back"]


def test_whoever_is_told_that_a_host_is_gone_again_is_told_that_it_is_back_again(
    flock: Flock, looking: Callable[[], Warden], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.notification.troubles.GONE_S", 0.0)
    monkeypatch.setattr("tasks.notification.watching.STEADY_S", 0.0)
    one = looking()
    flock.host("anvil")
    for lasts_s, rests_s in ((400.0, watching.QUIET_S - 400.0), (0.0, 0.0)):
        vanish(flock)
        one.look()
        assert told(flock) == ["Host anvil is gone"]
        later(flock, lasts_s)
        flock.host("anvil")
        one.look()
        assert told(flock) == ["Host anvil is back"]
        later(flock, rests_s)


def later(flock: Flock, seconds: float) -> None:
    """Have so much time go by for what is known of troubles, and for what was told of them."""
    key, gone_ms = flock.store.key("troubles"), int(seconds * 1000)
    known = json.loads(flock.client.get(key))
    for each in known["troubles"].values():
        each.update({name: ms - gone_ms for name, ms in each.items() if name.endswith("_ms") and ms})
    flock.client.set(key, json.dumps(known))
    for name in flock.client.scan_iter(flock.store.key("noticed", "*")):
        flock.client.pexpire(name, flock.client.pttl(name) - gone_ms)


def test_one_process_looks_and_the_next_knows_what_was_told(
    flock: Flock, looking: Callable[[], Warden], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.notification.troubles.GONE_S", 0.0)
    one, other = looking(), looking()
    flock.host("anvil")
    one.look()
    vanish(flock)
    other.look()
    assert told(flock) == []  # it does not lead
    one.look()
    assert told(flock) == ["Host anvil is gone"]
    flock.client.delete(flock.store.key("lead", "warden"))
    other.look()
    assert told(flock) == []


def test_dead_jobs_are_told(flock: Flock, looking: Callable[[], Warden]) -> None:
    one, host = looking(), flock.host("anvil")
    one.look()
    flock.submit()
    for _ in range(3):
        flock.give_back(flock.take(host))
    one.look()
    assert told(flock) == ["1 job has no answer"]


def test_a_redis_that_is_away_is_told_without_it(
    flock: Flock,
    looking: Callable[[], Warden],
    ear: Ear,
    redis_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(warden, "AWAY_S", 0.0)
    monkeypatch.setattr("tasks.notification.watching.STEADY_S", 0.0)
    one = looking()
    one.look()
    os.kill(flock.client.info("server")["process_id"], signal.SIGKILL)
    try:
        one.look()
        one.look()
        assert ear.titles == ["Redis does not answer"]
    finally:
        redis_server.ensure()
    one.look()
    assert ear.titles == ["Redis does not answer", "Redis is well again"]


def test_the_scale_hook_is_looked_after_too(flock: Flock, tmp_path: Path, ear: Ear) -> None:
    file = tmp_path / "rookery.toml"
    file.write_text('[scale]\ncommand = ["touch", "called"]\nafter_s = 0.001\n')
    settings = load(file, {})
    flock.submit()
    flock.client.zadd(flock.store.key("models"), {"demo": 1})
    one = Warden(flock.store, lambda: settings, Teller(flock.store, lambda: (ear,)))
    one.look()
    one.stop()
    assert (tmp_path / "called").exists()


def test_a_host_that_was_never_up_is_no_news(flock: Flock, looking: Callable[[], Warden]) -> None:
    looking().look()
    assert flock.store.run(fleet_moves.status()).hosts == ()
    assert told(flock) == []


def test_room_is_that_of_the_disk_where_a_folder_will_be(tmp_path: Path) -> None:
    assert free_gib(tmp_path / "not" / "there") == pytest.approx(free_gib(tmp_path), rel=0.1)


def test_a_thing_is_made_anew_when_what_it_is_made_from_has_changed() -> None:
    said, made = ["a"], iter(range(9))
    get = kept_while_equal(lambda: said[0], lambda: next(made))
    assert [get(), get()] == [0, 0]
    said[0] = "b"
    assert [get(), get()] == [1, 1]
