"""A notice gets to each channel once, is tried again where it failed, and given up in the end."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from tasks.base import RookeryTask
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.errors import ConfigurationError, PlatformBusy, PlatformRefused, PlatformUnavailable
from tasks.contracts.notices import Level, Notice
from tasks.jobs.notices import notify
from tasks.jobs.store import Store
from tasks.notification.ntfy import Ntfy
from tasks.notification.sending import MOST_TRIES, Courier, Teller, again_s
from tasks.services import Services
from tests.emulators import ntfy as emulated
from tests.tasks.jobs.flock import Flock
from tests.workers.household import until


class Channel:
    """Takes notices, unless it is to fail first."""

    def __init__(self, name: str, *faults: Exception) -> None:
        self.name, self.faults = name, deque(faults)
        self.told: list[str] = []
        self.words: list[str] = []

    def tell(self, notice: Notice, notice_id: str) -> None:
        if self.faults:
            raise self.faults.popleft()
        self.told.append(notice_id)
        self.words.append(notice.words)


def hand_in(flock: Flock, name: str = "one", level: Level = "warning", about: str = "") -> None:
    notify(flock.store, Notice(about=about or name, title="t", words="w", level=level), notice_id=name)


def teller_of(flock: Flock, *channels: Any, least: Level = "info") -> Teller:
    return Teller(flock.store, lambda: channels, lambda: least)


def waits_s(flock: Flock, name: str = "one") -> float | None:
    """Return how long it is until a notice is tried again, by the clock of Redis; None: it never is."""
    due = flock.client.zscore(flock.store.key("notices"), name)
    seconds, microseconds = flock.client.time()
    return None if due is None else due / 1000 - seconds - microseconds / 1e6


def again(flock: Flock, name: str = "one") -> None:
    flock.client.zadd(flock.store.key("notices"), {name: 1})


def test_everybody_is_told_once_however_often_the_bell_rings(flock: Flock) -> None:
    one, other = Channel("log"), Channel("ntfy")
    teller = teller_of(flock, one, other)
    hand_in(flock)
    assert [teller.send("one") for _ in range(3)] == [True, False, False]
    assert (one.told, other.told) == (["one"], ["one"])


def test_who_failed_is_tried_again_and_nobody_else(flock: Flock) -> None:
    good, bad = Channel("log"), Channel("ntfy", PlatformUnavailable("away"), PlatformUnavailable("away"))
    teller = teller_of(flock, good, bad)
    hand_in(flock)
    for tries in (1, 2):
        assert teller.send("one")
        assert waits_s(flock) == pytest.approx(again_s(tries), abs=5)
        again(flock)
    assert teller.send()
    assert (good.told, bad.told) == (["one"], ["one"])
    assert waits_s(flock) is None


def test_a_server_that_has_enough_says_when_to_come_again(flock: Flock) -> None:
    hand_in(flock)
    teller_of(flock, Channel("ntfy", PlatformBusy("429", retry_after_s=300))).send("one")
    assert waits_s(flock) == pytest.approx(300, abs=5)


@pytest.mark.parametrize("fault", [PlatformRefused("no such topic")])
def test_what_is_refused_for_good_is_not_tried_again(
    flock: Flock, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    hand_in(flock)
    teller_of(flock, Channel("ntfy", fault)).send("one")
    assert waits_s(flock) is None
    assert [line.message for line in caplog.records] == ["a notice was refused"]


def test_a_bug_of_a_channel_keeps_nobody_from_being_told(flock: Flock) -> None:
    good = Channel("zulip")
    hand_in(flock)
    teller_of(flock, Channel("pager", KeyError("a bug")), good).send("one")
    assert good.told == ["one"]
    assert waits_s(flock) == pytest.approx(again_s(1), abs=5)


def test_it_is_given_up_in_the_end(flock: Flock, caplog: pytest.LogCaptureFixture) -> None:
    teller = teller_of(flock, Channel("ntfy", *[PlatformUnavailable("away")] * MOST_TRIES))
    hand_in(flock)
    for _ in range(MOST_TRIES):
        assert teller.send()
        if waits_s(flock) is not None:
            again(flock)
    assert not teller.send()
    assert caplog.records[-1].message == "a notice was given up"


def test_what_is_less_than_somebody_wants_to_hear_is_in_the_log_alone(flock: Flock) -> None:
    log, phone = Channel("log"), Channel("ntfy")
    teller = teller_of(flock, log, phone, least="warning")
    levels: tuple[Level, ...] = ("info", "success", "warning", "error")
    for level in levels:
        hand_in(flock, level, level)
    while teller.send():
        pass
    assert sorted(log.told) == sorted(levels)
    assert sorted(phone.told) == ["error", "warning"]


def test_what_was_held_back_is_told_with_the_next_one(flock: Flock) -> None:
    channel = Channel("log")
    flock.client.set(flock.store.key("notices", "held"), 7)
    hand_in(flock)
    teller_of(flock, channel).send()
    assert "7 more were held back" in channel.words[0]


def test_without_a_ledger_whoever_needs_none_is_told_all_the_same() -> None:
    bad, good = Channel("discord:7", PlatformUnavailable("Redis is away")), Channel("ntfy")
    store: Any = None
    Teller(store, lambda: (bad, good)).shout(Notice(about="redis", title="t", words="w", level="error"))
    assert good.told == ["redis"]


def test_a_bell_has_a_notice_told_over_http(
    flock: Flock, server: emulated.Ntfy, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier = Courier(teller_of(flock, Ntfy(server.url, "flock")))
    monkeypatch.setattr(RookeryTask, "supplied", Services(store=flock.store, courier=courier))
    app.loader.import_default_modules()
    hand_in(flock, "one")
    app.tasks[names.NOTIFY]("one")
    until(lambda: len(server.messages) == 1, "the notice")
    hand_in(flock, "two")
    hand_in(flock, "three")
    app.tasks[names.NOTIFY]()  # as beat rings: all that are due
    until(lambda: len(server.messages) == 3, "the others")


def test_what_cannot_be_read_keeps_nobody_from_telling_the_rest(flock: Flock, caplog: pytest.LogCaptureFixture) -> None:
    channel = Channel("log")
    courier = Courier(teller_of(flock, channel))
    hand_in(flock, "newer")
    flock.client.hset(flock.store.key("notice", "newer"), "said", '{"of": "a newer version"}')
    hand_in(flock, "one", about="one")
    courier.send("newer")
    courier.send("one")
    until(lambda: channel.told == ["one"], "the notice behind it")
    assert [line.levelname for line in caplog.records if line.message == "a notice cannot be told"] == ["ERROR"]


def test_a_worker_that_tells_nobody_says_who_does(redis_url: str) -> None:
    with pytest.raises(ConfigurationError, match="rookery run upkeep"):
        Services(store=Store.open(redis_url)).notifier()
