"""Every worker is told to end, one after the other, while people talk; nobody notices."""

from __future__ import annotations

import signal
import time

import psutil
import pytest

from tasks.contracts.jobs import Outcome
from tests.faults.house import House, kill, until
from tests.faults.invariants import check
from tests.faults.load import Talk
from tests.faults.notebook import NOTEBOOK
from tests.faults.settings import PATIENT_S

pytestmark = [pytest.mark.faults, pytest.mark.slow]
EXIT_S = 25.0
BACK_S = 60.0
ROUNDS = 3


def test_workers_may_be_told_to_end_one_after_the_other(house: House):
    took_s = []
    with Talk(house.chat, deadline_s=PATIENT_S) as talk:
        for host in house.hosts * ROUNDS:
            (pid,) = house.workers(host)
            worker, began_s = psutil.Process(pid), time.monotonic()
            kill(pid, signal.SIGTERM)
            _gone, left = psutil.wait_procs([worker], EXIT_S)
            assert not left, f"the worker of {host} outlived {EXIT_S:g} s"
            took_s.append(time.monotonic() - began_s)
            until(house.complete, BACK_S)
    NOTEBOOK.page.tell(ends=len(took_s), slowest_end=f"{max(took_s):.1f} s")
    house.await_answers(talk.messages)
    views = check(house, talk.messages)
    assert [view.outcome for view in views] == [Outcome.REPLY] * len(views)
    assert not any(view.crashes for view in views), "an orderly end blames nobody"
