"""A process dies at each step of a message's way, once; every message is answered once all the same."""

from __future__ import annotations

import pytest

from tasks.contracts.jobs import Outcome
from tasks.jobs.crashpoints import POINTS
from tests.faults.house import House
from tests.faults.invariants import check

pytestmark = pytest.mark.faults
MESSAGES = 3


@pytest.mark.parametrize("point", POINTS)
def test_a_message_survives_the_death_of_a_process_at(point: str, shared_house: House):
    house = shared_house  # as the point before left it: at rest, and perhaps short of a worker
    house.arm(point)
    messages = [house.chat.say(f"hello {point}") for _ in range(MESSAGES)]
    house.await_answers(messages)
    assert not house.armed(point), f"nobody reached {point}"
    views = check(house, messages)
    assert [view.outcome for view in views] == [Outcome.REPLY] * MESSAGES
