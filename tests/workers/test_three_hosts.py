"""Three hosts with one slot each, as real agents: where a model is found, how they share, and what the status says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tasks.contracts.jobs import JobState, JobView, Outcome
from tasks.jobs import fleet_moves
from tasks.jobs.health import HostStatus
from tests.workers.household import Household, until

FLEET = """
[jobs]
deadline_s = 600
[[model]]
name = "echo"
aliases = { openai = "echo" }
slots = 1
memory_gib = 1
[[model]]
name = "side"
aliases = { openai = "side" }
slots = 1
memory_gib = 1
[[model]]
name = "late"
aliases = { openai = "late" }
memory_gib = 1
[[model]]
name = "large"
aliases = { openai = "large" }
memory_gib = 9
""" + "".join(
    f'[[host]]\nname = "{name}"\nengine = "fake"\nmodels = {models}\nmemory_gib = 2.5\npreload = ["echo"]\n'
    for name, models in {
        "one": '["echo", "side", "large"]',
        "two": '["echo", "side", "large"]',
        "three": '["echo", "late"]',
    }.items()
)
JOBS, MORE_JOBS = 50, 30
LOAD_S = 1.5  # of a fake engine on the third host


@pytest.fixture(scope="module")
def trio(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """The house, with two of the three up."""
    redis_server.ensure()
    made = Household(tmp_path_factory.mktemp("trio"), redis_server.url, FLEET)
    made.flock.client.flushall()
    made.start("one")
    made.start("two")
    until(lambda: made.here("one") and made.here("two"), "two hosts")
    yield made
    made.close()


def mark_ms(view: JobView, state: JobState) -> int:
    return next(mark.at_ms for mark in view.marks if mark.state is state)


@pytest.mark.slow
def test_with_all_hosts_busy_jobs_queue_and_none_has_more_in_hand_than_it_has_slots(trio: Household) -> None:
    views = trio.asked(JOBS, "!slow 0.01 a b")
    assert [(view.outcome, view.attempts) for view in views] == [(Outcome.REPLY, 1)] * JOBS
    assert {view.host for view in views} == {"one", "two"}
    for host in ("one", "two"):
        spans = sorted(
            (mark_ms(view, JobState.CLAIMED), mark_ms(view, JobState.DONE)) for view in views if view.host == host
        )
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans)), host


@pytest.mark.slow
def test_a_holder_answers_else_a_host_with_room_loads_else_the_job_waits(trio: Household) -> None:
    def loads() -> int:
        return trio.flock.store.run(fleet_moves.stats()).total.loads

    (held,) = trio.asked(1, "hello")
    assert (held.outcome, loads()) == (Outcome.REPLY, 0)
    (fitted,) = trio.asked(1, "hello", model="side")
    assert fitted.outcome is Outcome.REPLY
    until(lambda: trio.record(fitted.host).resident == ["echo", "side"], "both: nothing had to go")
    assert loads() == 1
    waiting = trio.flock.accept(trio.flock.request(model="large"))
    assert (waiting.hosted, waiting.state) == (False, JobState.QUEUED)
    trio.flock.withdraw(waiting.job)


@pytest.mark.slow
def test_a_host_that_comes_third_takes_its_share(trio: Household) -> None:
    trio.command.environment["ROOKERY_TEST_LOAD_S"] = str(LOAD_S)
    trio.start("three")
    until(lambda: trio.here("three"), "the third host")
    views = trio.asked(MORE_JOBS, "!slow 0.03 a b")
    assert [view.outcome for view in views] == [Outcome.REPLY] * MORE_JOBS
    assert {view.host for view in views} == {"one", "two", "three"}


@pytest.mark.slow
def test_the_record_of_a_host_says_whether_it_is_available_busy_loading_or_offline(trio: Household) -> None:
    until(lambda: trio.record("three").status == HostStatus.AVAILABLE, "nothing to do")
    rested = trio.record("three")
    assert (rested.address, rested.resident, rested.in_flight) == ("", ["echo"], 0)
    late = trio.submit("hello", model="late")
    until(lambda: trio.record("three").status == HostStatus.LOADING, "a load")
    assert trio.answered(late).host == "three"
    job = trio.submit("!slow 0.1 " + "word " * 600, model="late")
    until(lambda: trio.record("three").status == HostStatus.BUSY, "work")
    busy = trio.record("three")
    assert (busy.in_flight, busy.resident) == (1, ["echo", "late"])
    assert busy.seen_ms > rested.seen_ms
    trio.flock.withdraw(job)
    trio.flock.host("gone", ttl_ms=1)
    gone = trio.record("gone")
    assert (gone.status, gone.live, gone.resident, gone.in_flight) == (HostStatus.OFFLINE, False, [], 0)
