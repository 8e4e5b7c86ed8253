"""A flock that runs obeys its file: hosts are added, switched off and taken out by editing it, while people talk."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.jobs import JobState, Outcome
from tests.command import Command
from tests.tasks.jobs.flock import Flock
from tests.workers.household import until
from workers.supervision.ports import free_port

REST = """
[[model]]
name = "echo"
aliases = { openai = "echo" }
slots = 2
[[persona]]
name = "first"
model = "echo"
prompt = "one"
"""


def hosts(*names: str, off: str = "") -> str:
    return "".join(
        f'[[host]]\nname = "{name}"\nengine = "fake"\n{"enabled = false" if name == off else ""}\n' for name in names
    )


class Flying:
    """`rookery up` in a folder, and the file that it obeys."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.folder, self.redis_url = folder, redis_url
        self.command = Command(folder, {"ROOKERY_TEST_SCRIPTED": "1"})
        self.ports = f"[web]\nport = {free_port()}\n[flower]\nenabled = false\n"
        self.flock = Flock(redis_url)
        self.says(hosts("home"))
        with self.log.open("w") as log:
            self.process = self.command.start("up", stdout=log, stderr=log)
        until(lambda: self.process.poll() is not None or "Rookery is up." in self.log.read_text(), "the flock")
        assert self.process.poll() is None, self.log.read_text()

    @property
    def log(self) -> Path:
        return self.folder / "up.log"

    def says(self, fleet: str) -> None:
        """Write the file; nothing else is told to anybody."""
        self.command.settings(f'[redis]\nurl = "{self.redis_url}"\n{self.ports}{fleet}{REST}')

    def up(self) -> set[str]:
        """Return the hosts that are up and hold their models."""
        from tasks.jobs import fleet_moves

        seen = self.flock.store.run(fleet_moves.status()).hosts
        return {
            each.name
            for each in seen
            if each.live and any(model["state"] == "ready" for model in each.about.get("models", []))
        }

    def answered(self, job: str) -> Any:
        until(lambda: self.flock.view(job).ended, f"the end of {job}")
        return self.flock.view(job)

    def submit(self, text: str, **fields: Any) -> str:
        return self.flock.submit(text, **{"model": "echo", "deadline_s": 600.0, **fields})

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.command.end()
        self.flock.store.close()


@pytest.fixture(scope="module")
def shared(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flying]:
    """One flock for all tests here: it takes seconds to start."""
    redis_server.ensure()
    with redis_client(redis_server.url) as client:
        client.flushall()
    made = Flying(tmp_path_factory.mktemp("flying"), redis_server.url)
    yield made
    made.close()


def redis_client(url: str) -> Any:
    import redis

    return redis.Redis.from_url(url)


@pytest.fixture
def flying(shared: Flying) -> Flying:
    """The flock with one host, `home`."""
    shared.says(hosts("home"))
    until(lambda: shared.up() == {"home"}, "one host alone")
    return shared


def test_a_host_that_is_added_to_the_file_joins_and_works_and_one_that_is_taken_out_finishes_and_leaves(flying):
    flying.says(hosts("home", "attic"))
    until(lambda: flying.up() == {"home", "attic"}, "the new host at work")
    jobs = [flying.submit(f"!slow 0.05 {'word ' * 40}", user=f"u{number}", session=f"s{number}") for number in range(4)]
    until(lambda: all(flying.flock.view(job).state is JobState.GENERATING for job in jobs), "all at work")
    on = {job: flying.flock.view(job).host for job in jobs}
    assert set(on.values()) == {"home", "attic"}
    flying.says(hosts("home"))
    views = [flying.answered(job) for job in jobs]
    assert [(view.outcome, view.attempts) for view in views] == [(Outcome.REPLY, 1)] * 4, "in flight, and undisturbed"
    until(lambda: flying.up() == {"home"}, "its leaving")
    late = [flying.answered(flying.submit("after", user=f"v{n}", session=f"t{n}")).host for n in range(4)]
    assert set(late) == {"home"}


def test_a_host_that_is_switched_off_leaves_and_comes_back_when_it_is_switched_on(flying):
    flying.says(hosts("home", "attic"))
    until(lambda: flying.up() == {"home", "attic"}, "both")
    flying.says(hosts("home", "attic", off="attic"))
    until(lambda: flying.up() == {"home"}, "one")
    flying.says(hosts("home", "attic"))
    until(lambda: flying.up() == {"home", "attic"}, "both again")


def test_a_bad_file_changes_nothing_and_is_told_until_it_is_good_again(flying):
    before = flying.log.read_text().count("the last good one stays in force")
    flying.says("[[host]\n")
    until(lambda: flying.log.read_text().count("the last good one stays in force") > before, "the word about it")
    assert flying.answered(flying.submit("still there?")).outcome is Outcome.REPLY
    assert flying.up() == {"home"}
    assert flying.command.run("config", "check").code == 2
    flying.says(hosts("home"))
    until(lambda: "the fleet file is good again" in flying.log.read_text(), "the good word")


def test_the_file_that_changes_all_the_time_disturbs_nobody(flying):
    stop, replies = threading.Event(), []
    taken = flying.log.read_text().count("took up")

    def edit() -> None:
        for turn in itertools.count():
            if stop.wait(0.5):
                return
            flying.says(hosts("home", *("cellar",) * (turn % 2)) + f"[jobs]\nattempts = {2 + turn % 3}\n")

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        for number in range(40):
            job = flying.submit(f"number {number} !slow 0.02", user=f"w{number % 5}", session=f"r{number % 5}")
            replies.append(flying.answered(job))
    finally:
        stop.set()
        editor.join()
    assert [(view.outcome, view.text) for view in replies] == [
        (Outcome.REPLY, f"echo: number {number} !slow 0.02") for number in range(40)
    ]
    assert flying.log.read_text().count("took up") > taken, "the file was really taken up meanwhile"
