"""A worker is stopped past its lease, as by a laptop's lid, and wakes up to find its job taken."""

from __future__ import annotations

import signal

import psutil
import pytest

from tasks.contracts.jobs import JobState, Outcome
from tests.faults.house import House, kill, until
from tests.faults.invariants import check
from tests.faults.settings import MODEL

pytestmark = pytest.mark.faults
SLOW_S = 0.5  # a word; the answer has four
WAKE_S = 10.0
ANSWERED, REFUSED = '"answered"', ('"job moved on"', '"went": "lost"')  # in the worker's log


def test_a_worker_that_slept_through_its_lease_is_refused(house: House):
    message = house.chat.say(f"long story !slow {SLOW_S}")
    sleeper = house.await_state(message, "generating").host
    (worker,) = house.workers(sleeper)
    kill(worker, signal.SIGSTOP)
    try:
        house.await_answers([message])
    finally:
        kill(worker, signal.SIGCONT)
    (view,) = check(house, [message])
    assert view.outcome is Outcome.REPLY
    assert view.host != sleeper
    queued = [mark.why for mark in view.marks if mark.state is JobState.QUEUED]
    assert queued[:2] == ["", f"the lease of {sleeper} lapsed"]
    until(lambda: any(said(house, sleeper, event, view.job) for event in REFUSED), WAKE_S)
    assert psutil.pid_exists(worker)
    assert not said(house, sleeper, ANSWERED, view.job)


def said(house: House, host: str, event: str, job: str) -> bool:
    """Return whether the worker of a host logged an event of a job."""
    lines = (house.folder / "logs" / host / f"worker-{MODEL}.log").read_text("utf-8").splitlines()
    return any(event in line and job in line for line in lines)
