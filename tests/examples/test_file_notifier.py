"""The channel of docs/howto/notifications.md, installed as it says, told by the upkeep worker."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.contracts.errors import PlatformUnavailable
from tasks.contracts.notices import Notice
from tasks.contracts.settings import load
from tasks.jobs.notices import notify
from tasks.jobs.store import Store
from tasks.notification.channels import channels_of
from tests.bots.conftest import eventually
from tests.command import Command
from tests.examples.packages import install

CHANNELS = '[notify]\nchannels = ["file"]\n'
NOTICE = Notice(about="host:a", title="Host a is gone", words="Start it.", level="warning")
LINE = {"id": "one", "title": "Host a is gone", "words": "Start it.", "priority": 4}


def test_a_channel_of_another_package_is_one_of_the_channels(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("file_notifier", tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    file, lines = tmp_path / "rookery.toml", tmp_path / "notices.jsonl"
    file.write_text(CHANNELS)
    store = Store.open(redis_url)
    log, channel = channels_of(load(file, {}), store, {"NOTICES_FILE": str(lines)})
    channel.tell(NOTICE, "one")
    assert (log.name, channel.name, json.loads(lines.read_text())) == ("log", "file", LINE)
    assert [each.name for each in channels_of(load(file, {}), store, {})] == ["log"]  # it was not told where
    lines.unlink()
    lines.mkdir()
    with pytest.raises(PlatformUnavailable, match="takes no line"):
        channel.tell(NOTICE, "one")
    store.close()
    sys.modules.pop("file_notifier", None)


@pytest.mark.slow
def test_the_upkeep_worker_tells_it(installing: Callable[..., Command], redis_url: str) -> None:
    command = installing("file_notifier", settings=CHANNELS)
    lines = command.folder / "notices.jsonl"
    command.environment["NOTICES_FILE"] = str(lines)
    command.start("run", "upkeep")
    store = Store.open(redis_url)
    notify(store, NOTICE, notice_id="one")
    eventually(lambda: lines.exists() and lines.read_text(), "the notice")
    assert json.loads(lines.read_text()) == LINE
    store.close()
