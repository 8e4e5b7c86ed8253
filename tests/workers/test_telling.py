"""The upkeep worker as a process: what is to be told is told, also by the next one where one dies at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.contracts.notices import Notice
from tasks.jobs.notices import notify
from tests.command import Command
from tests.emulators import ntfy
from tests.emulators.ntfy import Ntfy
from tests.tasks.jobs.flock import Flock
from tests.workers.household import until

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[Ntfy]:
    with Ntfy() as running:
        yield running


@pytest.fixture
def command(tmp_path: Path, redis_url: str, server: Ntfy) -> Iterator[Command]:
    made = Command(tmp_path)
    made.settings(f'[redis]\nurl = "{redis_url}"\n[notify]\nntfy_url = "{server.url}"\nntfy_topic = "flock"\n')
    yield made
    made.end()


def test_a_worker_that_dies_while_it_tells_leaves_it_to_the_next(
    command: Command, redis_url: str, server: Ntfy
) -> None:
    flock = Flock(redis_url)
    server.faults.append(ntfy.MUTE)
    first = command.start("run", "upkeep")
    notify(flock.store, Notice(about="host:a", title="Host a is gone", words="Start it."), notice_id="one")
    until(lambda: server.posts == 1, "the first try")
    first.kill()
    first.wait()
    assert not server.messages
    flock.client.zadd(flock.store.key("notices"), {"one": 1})  # its lease lapses
    command.start("run", "upkeep")
    until(lambda: server.messages, "the notice")
    until(lambda: not flock.client.zcard(flock.store.key("notices")), "its end")
    assert [message.title for message in server.messages] == ["Host a is gone"]
    flock.store.close()


def test_what_the_file_says_is_taken_up_while_it_runs(command: Command, redis_url: str, server: Ntfy) -> None:
    flock = Flock(redis_url)
    command.settings(f'[redis]\nurl = "{redis_url}"\n')
    command.start("run", "upkeep")
    notify(flock.store, Notice(about="a", title="Nobody hears this", words="w"))
    until(lambda: not flock.client.zcard(flock.store.key("notices")), "the log to be told")
    command.settings(f'[redis]\nurl = "{redis_url}"\n[notify]\nntfy_url = "{server.url}"\nntfy_topic = "flock"\n')

    def heard() -> bool:
        flock.client.delete(flock.store.key("notices", "hour"))  # this is about the file, not about how much is told
        notify(flock.store, Notice(about="b", title="This is heard", words="w"), quiet_s=0)
        return bool(server.messages)

    until(heard, "a notice")
    assert {message.title for message in server.messages} == {"This is heard"}
    flock.store.close()
