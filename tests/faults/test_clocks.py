"""The clocks of two hosts are two hours wrong, one fast and one slow: time is what Redis says it is."""

from __future__ import annotations

import ctypes.util
import dataclasses
import glob
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from schedules.upkeep import HEARTBEAT_EVERY
from tasks.contracts import names
from tasks.contracts.jobs import Cause, JobState, Outcome
from tasks.contracts.queues import UPKEEP
from tests.faults.chat import now_ms
from tests.faults.conftest import THREE_HOSTS
from tests.faults.house import House, until
from tests.faults.invariants import check
from tests.faults.judging import ONE_POST
from tests.faults.load import Talk
from tests.faults.notebook import NOTEBOOK
from tests.faults.settings import DEADLINE_S, MODEL, PATIENT_S
from workers.supervision.child import ChildSpec

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), ctypes.util.find_library("faketime"))
pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or LIBRARY is None,
        reason="needs libfaketime: `apt-get install faketime`, which `make test-faults` does where it runs as root",
    ),
]
CLOCKS = {"one": "+2h", "two": "-2h", "three": "+0"}
OFF_S = 7_000  # at least
SHED_MS = 2_000  # next to no time
LEASE_S = 6.0  # long enough that only a wrong clock, and no busy machine, lets one lapse
LONG_WORD_S, WORDS = 1.0, 9  # an answer that takes longer than a lease
TALK_S = 6.0
EVER = "word " * 600
RINGS, STANDS_BY = "this beat rings", "another beat rings"
BEATS = ("one", "two")
RUNG_S, STILL_S = HEARTBEAT_EVERY.total_seconds() + 60, 5.0


# The library (0.9.10) refuses what Python's own sleep asks of the kernel since 3.11; a wait for nothing it lets pass.
SLEEP_OTHERWISE = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


class CrookedHouse(House):
    """A flock whose hosts disagree about the time."""

    def environment(self) -> dict[str, str]:
        """Return what every process is told, a longer lease among it."""
        return {**super().environment(), "ROOKERY_JOBS_LEASE_S": str(LEASE_S)}

    def host_child(self, name: str) -> ChildSpec:
        """Return how an agent is run: from its command line, so that its library and its clock are loaded."""
        spec = super().host_child(name)
        return dataclasses.replace(spec, env={**spec.env, **self.clock(name)}, forkable=False, forks=False)

    def clock(self, host: str) -> dict[str, str]:
        """Return the clock of a host. Monotonic time goes on: who waits for seconds must not wait for hours."""
        return {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME": CLOCKS[host],
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(self.folder / "python"),
        }

    def beat_child(self, host: str) -> ChildSpec:
        """Return how a beat is run on the machine of a host, in a folder of its own."""
        folder = self.folder / f"beat-{host}"
        folder.mkdir()
        config = shutil.copy(self.folder / "rookery.toml", folder)
        return ChildSpec(
            name=folder.name,
            argv=(sys.executable, "-P", "-m", "rookery", "run", "beat"),
            env={**self.environment(), **self.clock(host), "ROOKERY_CONFIG": str(config)},
            cwd=folder,
            watches_leash=True,
        )


@pytest.fixture(scope="module")
def crooked(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[CrookedHouse]:
    """Three hosts: two hours fast, two hours slow, right."""
    folder = tmp_path_factory.mktemp("crooked")
    (folder / "python").mkdir()
    (folder / "python" / "sitecustomize.py").write_text(SLEEP_OTHERWISE)
    with CrookedHouse(folder, free_port(), THREE_HOSTS, tuple(CLOCKS)) as house:
        yield house


def ahead_s(house: House, host: str) -> float:
    """Return by how much a worker's clock is fast, as its log tells."""
    lines = (house.folder / "logs" / host / f"worker-{MODEL}.log").read_text("utf-8").splitlines()
    line = json.loads(next(line for line in reversed(lines) if '"answered"' in line).partition(" ")[2])
    return datetime.fromisoformat(line["time"]).timestamp() - time.time()


def test_nobody_runs_what_another_holds_and_each_message_is_answered_once(crooked: House):
    began_ms = now_ms()
    with Talk(crooked.chat, deadline_s=PATIENT_S) as talk:
        time.sleep(TALK_S)
    crooked.await_answers(talk.messages)
    views = check(crooked, talk.messages)
    assert [view.outcome for view in views] == [Outcome.REPLY] * len(views)
    assert [view.attempts for view in views] == [1] * len(views), "no lease was taken for lapsed"
    assert {view.host for view in views} == set(CLOCKS), "each clock had its share"
    stamps_ms = [mark.at_ms for view in views for mark in view.marks]
    assert began_ms - 1000 <= min(stamps_ms) <= max(stamps_ms) <= now_ms() + 1000, "the ledger goes by Redis"
    wrong_s = {host: ahead_s(crooked, host) for host in CLOCKS}
    NOTEBOOK.page.tell(clocks=" ".join(f"{host} {by:+.0f} s" for host, by in wrong_s.items()))
    assert wrong_s["one"] > OFF_S
    assert wrong_s["two"] < -OFF_S


def test_an_answer_that_takes_longer_than_a_lease_is_given_once(crooked: House):
    messages = [crooked.chat.say(f"!slow {LONG_WORD_S} " + "word " * (WORDS - 3)) for _ in range(3 * len(CLOCKS))]
    crooked.await_answers(messages)
    views = check(crooked, messages)
    assert [(view.outcome, view.attempts) for view in views] == [(Outcome.REPLY, 1)] * len(messages)
    assert {view.host for view in views} == set(CLOCKS)
    for view in views:
        assert (view.timings_ms()[JobState.DONE] - view.timings_ms()[JobState.CLAIMED]) / 1000 > LEASE_S


def test_a_deadline_is_neither_early_nor_late(crooked: House):
    messages = [crooked.chat.say(f"!slow 0.1 {EVER}", deadline_s=DEADLINE_S) for _ in range(3 * len(CLOCKS))]
    crooked.await_answers(messages)
    views = check(crooked, messages)
    assert {(view.outcome, view.cause) for view in views} == {(Outcome.NOTICE, Cause.EXPIRED)}
    posted = {post.job: post.at_ms for post in crooked.chat.posts()}
    # Who comes back to the queue with next to no time left is told so at once, not at the deadline.
    assert all(posted[view.job] >= view.deadline_ms - SHED_MS for view in views)
    assert set(CLOCKS) <= {mark.who for view in views for mark in view.marks if mark.state is JobState.CLAIMED}


def heartbeats(house: House) -> int:
    """Return how many of beat's bells wait that ring once in half a minute."""
    bells = [json.loads(bell) for bell in house.store.client.lrange(UPKEEP, 0, -1)]
    return sum(bell["headers"]["task"] == names.HEARTBEAT for bell in bells)


def test_of_two_beats_whose_clocks_are_hours_apart_one_rings_and_rings_once(crooked: CrookedHouse):
    for host in BEATS:
        crooked.supervisor.add(crooked.beat_child(host))
    try:
        until(lambda: heartbeats(crooked) > 0, RUNG_S)
        time.sleep(STILL_S)  # the other one began at the same time, so by now it would have rung as well
        assert heartbeats(crooked) == 1
    finally:
        for host in BEATS:
            crooked.supervisor.remove(f"beat-{host}")
    said = [(crooked.folder / "logs" / f"beat-{host}.log").read_text("utf-8") for host in BEATS]
    assert sorted((RINGS in text, STANDS_BY in text) for text in said) == [(False, True), (True, False)]
    NOTEBOOK.page.judge(ONE_POST, 1, 0)
