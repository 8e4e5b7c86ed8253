"""All hosts are gone for a while, or one after the other is told to end."""

from __future__ import annotations

import signal

import psutil
import pytest

from tasks.contracts.jobs import Outcome
from tests.faults.house import House, kill, until
from tests.faults.invariants import check
from tests.faults.load import Talk
from tests.faults.settings import PATIENT_S

pytestmark = pytest.mark.faults
MESSAGES = 5
EXIT_S = 30.0
BACK_S = 60.0


def test_what_is_said_while_no_host_is_up_is_answered_when_one_returns(house: House):
    for host in house.hosts:
        house.supervisor.remove(f"host-{host}")
    messages = [house.chat.say(f"anybody {number}") for number in range(MESSAGES)]
    assert [house.await_seen(message) for message in messages] == [False] * MESSAGES
    assert not house.chat.posts_of(map(house.chat.job, messages))
    for host in house.hosts:
        house.supervisor.add(house.host_child(host))
    house.await_answers(messages, BACK_S)
    assert [view.outcome for view in check(house, messages)] == [Outcome.REPLY] * MESSAGES


def test_hosts_may_be_restarted_one_after_the_other_under_load(house: House):
    with Talk(house.chat, deadline_s=PATIENT_S) as talk:
        for host in house.hosts:
            agent = psutil.Process(house.pid(f"host-{host}") or 0)
            family = [agent, *map(psutil.Process, house.workers(host))]
            kill(agent.pid, signal.SIGTERM)
            gone, left = psutil.wait_procs(family, EXIT_S)
            assert not left, f"{left} outlived {EXIT_S:g} s"
            assert len(gone) == len(family)
            until(house.complete, BACK_S)
    house.await_answers(talk.messages)
    views = check(house, talk.messages)
    assert [view.outcome for view in views] == [Outcome.REPLY] * len(views)
    assert not any(view.crashes for view in views), "an orderly end blames nobody"
