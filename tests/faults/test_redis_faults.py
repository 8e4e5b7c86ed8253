"""Redis dies and comes back while people talk."""

from __future__ import annotations

import time

import pytest

from tests.faults.house import House
from tests.faults.invariants import check
from tests.faults.load import Talk, restart_redis

pytestmark = pytest.mark.faults
RESTARTS = 2
TALK_BETWEEN_S = 2.0


def test_redis_may_be_killed_under_load(house: House):
    killed_ms = []
    with Talk(house.chat) as talk:
        for _ in range(RESTARTS):
            time.sleep(TALK_BETWEEN_S)
            killed_ms.append(restart_redis(house))
        time.sleep(TALK_BETWEEN_S)
    house.await_answers(talk.messages)
    check(house, talk.messages, lifted_ms=killed_ms)
