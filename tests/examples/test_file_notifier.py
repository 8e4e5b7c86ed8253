"""The channel of docs/howto/notifications.md, installed as it says, told by the upkeep worker."""

from __future__ import annotations

import json
from collections.abc import Callable

from tasks.contracts.notices import Notice
from tasks.jobs.notices import notify
from tasks.jobs.store import Store
from tests.bots.conftest import eventually
from tests.command import Command

CHANNELS = '[notify]\nchannels = ["file"]\n'


def test_a_channel_of_another_package_is_told_by_the_upkeep_worker(
    installing: Callable[..., Command], redis_url: str
) -> None:
    command = installing("file_notifier", settings=CHANNELS)
    lines = command.folder / "notices.jsonl"
    command.environment["NOTICES_FILE"] = str(lines)
    command.start("run", "upkeep")
    store = Store.open(redis_url)
    notify(store, Notice(about="host:a", title="Host a is gone", words="Start it.", level="warning"), notice_id="one")
    eventually(lambda: lines.exists() and lines.read_text(), "the notice")
    assert json.loads(lines.read_text()) == {
        "id": "one",
        "title": "Host a is gone",
        "words": "Start it.",
        "priority": 4,
    }
    store.close()
