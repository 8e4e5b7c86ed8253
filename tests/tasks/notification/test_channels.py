"""Which channels there are, and that none of them harms another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.errors import PlatformRefused, PlatformUnavailable
from tasks.contracts.notices import Notice
from tasks.contracts.settings import Settings, load
from tasks.jobs.store import Store
from tasks.notification.channels import Bounded, Channel, Chat, Log, channels_of
from tests.tasks.jobs.bots import bot, play, take
from tests.tasks.jobs.flock import Flock

NOTICE = Notice(about="host:a", title="Host a is gone", words="Start it.", level="warning")


def settings_of(folder: Path, lines: str = "", **variables: str) -> Settings:
    file = folder / "rookery.toml"
    file.write_text(f"[notify]\n{lines}\n")
    return load(file, variables)


def names(settings: Settings, store: Store) -> list[str]:
    return [channel.name for channel in channels_of(settings, store, {})]


def test_nobody_is_told_unless_somebody_is_named(tmp_path: Path, store: Store) -> None:
    assert names(settings_of(tmp_path), store) == ["log"]


def test_every_channel_that_is_named_is_there(tmp_path: Path, store: Store) -> None:
    lines = 'ntfy_url = "http://127.0.0.1:1"\nntfy_topic = "flock"\nchats = ["discord:7", "telegram:-8"]'
    assert names(settings_of(tmp_path, lines), store) == ["log", "ntfy", "discord:7", "telegram:-8"]


def test_a_dry_run_contacts_nobody_outside(tmp_path: Path, store: Store) -> None:
    lines = 'ntfy_url = "http://127.0.0.1:1"\nntfy_topic = "flock"\nchannels = ["pager"]'
    assert names(settings_of(tmp_path, lines, DRY_RUN="1"), store) == ["log"]


def test_a_channel_that_nobody_brings_along_is_told_to_the_log(
    tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    assert names(settings_of(tmp_path, 'channels = ["pager"]'), store) == ["log"]
    assert "no package brings the channel 'pager' along" in caplog.records[0].__dict__["error"]


def broken(_settings: Settings, environ: Mapping[str, str]) -> Channel:
    raise KeyError("a bug of another package")


def test_a_channel_that_fails_as_it_is_opened_keeps_nobody_from_hearing_by_the_others(
    tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.contracts.packages.load", lambda *_named: broken)
    assert names(settings_of(tmp_path, 'chats = ["discord:7"]\nchannels = ["pager"]'), store) == ["log", "discord:7"]
    assert caplog.records[0].message == "a channel for notices cannot be opened"


def test_the_log_has_every_notice_by_its_gravity(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Log().tell(NOTICE, "one")
    [line] = caplog.records
    assert (line.levelname, line.__dict__["title"], line.__dict__["about"]) == ("WARNING", "Host a is gone", "host:a")


def test_a_chat_is_told_once_by_the_outbox_of_its_bot(flock: Flock) -> None:
    for _ in range(2):  # a try that was repeated
        Chat(flock.store, "heron", "7").tell(NOTICE, "one")

    async def scene() -> None:
        async with bot(flock) as outbox:
            [(entry, delivery)] = await take(outbox)
            assert delivery.view.text == "**Host a is gone**\nStart it."
            await outbox.delivered(entry, delivery)

    play(scene)
    assert flock.client.xlen("rookery:outbox:heron") == 0


class Foreign:
    """A channel of somebody else."""

    name = "pager"

    def __init__(self, *, hangs: bool = False, fails: Exception | None = None) -> None:
        self.told: list[tuple[Notice, str]] = []
        self.released = threading.Event()
        self._hangs, self._fails = hangs, fails

    def tell(self, notice: Notice, notice_id: str) -> None:
        if self._hangs:
            self.released.wait()
        if self._fails:
            raise self._fails
        self.told.append((notice, notice_id))


def test_a_channel_of_another_package_is_told_as_ours_are() -> None:
    foreign = Foreign()
    Bounded("pager", foreign).tell(NOTICE, "one")
    assert foreign.told == [(NOTICE, "one")]


@pytest.mark.parametrize("error", [PlatformRefused("no such pager"), KeyError("a bug")])
def test_what_it_raises_is_raised(error: Any) -> None:
    with pytest.raises(type(error)):
        Bounded("pager", Foreign(fails=error)).tell(NOTICE, "one")


def test_one_that_hangs_holds_up_nobody_and_is_not_asked_again_meanwhile() -> None:
    foreign = Foreign(hangs=True)
    bounded = Bounded("pager", foreign, patience_s=0.05)
    for why in ("took longer", "still at an earlier"):
        with pytest.raises(PlatformUnavailable, match=why):
            bounded.tell(NOTICE, "one")
    foreign.released.set()
