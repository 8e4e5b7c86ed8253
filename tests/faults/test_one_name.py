"""Two machines are one host by name: the second is refused while the first lives, and fences it when it slept."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tasks.contracts.jobs import Outcome
from tests.faults.house import READY_S, ROOT, House, kill, until
from tests.faults.invariants import check
from tests.faults.load import Talk
from tests.faults.settings import PATIENT_S
from workers.host import PRESENCE_MS

pytestmark = [pytest.mark.faults, pytest.mark.slow]
NAME = "one"
REFUSED = 2  # the exit code of a command that says what is wrong
TALK_S = 3.0


@contextmanager
def elsewhere(house: House, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run an agent of the same name from a folder of its own, as another machine would."""
    shutil.copy(house.folder / "rookery.toml", folder)
    told = {**house.environment(), "ROOKERY_CONFIG": str(folder / "rookery.toml"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "rookery", "run", "host", NAME]
    with (folder / "agent.log").open("w") as log:
        agent = subprocess.Popen(command, cwd=folder, env=told, stdout=log, stderr=subprocess.STDOUT, text=True)
    try:
        yield agent
    finally:
        agent.terminate()
        agent.wait()


def test_a_second_machine_of_one_name_is_refused_and_nobody_notices(house: House, tmp_path: Path):
    with Talk(house.chat, deadline_s=PATIENT_S) as talk, elsewhere(house, tmp_path) as second:
        assert second.wait(READY_S) == REFUSED
        time.sleep(TALK_S)
    assert f"host '{NAME}' is already served from" in (tmp_path / "agent.log").read_text()
    assert house.complete()
    house.await_answers(talk.messages)
    views = check(house, talk.messages)
    assert [view.outcome for view in views] == [Outcome.REPLY] * len(views)


def test_a_machine_that_slept_finds_its_name_taken_and_answers_nobody(house: House, tmp_path: Path):
    def owner() -> str:
        return str(house.store.client.hget(house.store.key("host", NAME), "machine"))

    asleep = [house.pid(f"host-{NAME}") or 0, *house.workers(NAME)]
    first = owner()
    with Talk(house.chat, deadline_s=PATIENT_S) as talk:
        for pid in asleep:
            kill(pid, signal.SIGSTOP)
        try:
            time.sleep(PRESENCE_MS / 1000)
            with elsewhere(house, tmp_path):
                until(lambda: owner() != first, READY_S)
                for pid in asleep:
                    kill(pid, signal.SIGCONT)
                until(lambda: house.pid(f"host-{NAME}") != asleep[0], READY_S)  # it ended, and was started again
                time.sleep(TALK_S)
                assert owner() != first, "the name stays with whom the ledger gave it to"
        finally:
            for pid in asleep:
                kill(pid, signal.SIGCONT)
        until(house.complete, READY_S)
    house.await_answers(talk.messages)
    views = check(house, talk.messages)
    assert [view.outcome for view in views] == [Outcome.REPLY] * len(views)
    assert owner() == first
