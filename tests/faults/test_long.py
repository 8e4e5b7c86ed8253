"""What takes longer than a commit should wait for: `make test-faults`."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import THREE_HOSTS
from tests.faults.house import REDIS, House, kill
from tests.faults.invariants import check
from tests.faults.load import Talk, survive_kills
from tests.faults.proxy import Proxy

pytestmark = [pytest.mark.faults, pytest.mark.slow]
KILLS = 200
FAR_S = 0.025  # each way
RESTARTS, BETWEEN_S = 10, 2.0
PAUSE_S, AFTER_S = 15.0, 3.0
HOLE_S = 8.0


def test_two_hundred_kills(house: House, record_property: Callable[[str, object], None]):
    for name, value in survive_kills(house, KILLS).items():
        record_property(name, value)


def test_two_hundred_kills_with_a_far_broker(
    tmp_path_factory: pytest.TempPathFactory,
    free_port: Callable[[], int],
    record_property: Callable[[str, object], None],
):
    port = free_port()
    with Proxy(port, FAR_S) as proxy:
        folder, broker = tmp_path_factory.mktemp("far"), f"redis://127.0.0.1:{proxy.port}/0"
        with House(folder, port, THREE_HOSTS, ("one", "two", "three"), broker_url=broker) as house:
            for name, value in survive_kills(house, KILLS).items():
                record_property(name, value)


def test_redis_may_be_killed_ten_times(house: House):
    with Talk(house.chat) as talk:
        for _ in range(RESTARTS):
            time.sleep(BETWEEN_S)
            house.kill(REDIS)
        time.sleep(BETWEEN_S)
    house.await_answers(talk.messages)
    check(house, talk.messages)


def test_redis_may_stand_still(house: House):
    redis = house.pid(REDIS) or 0
    with Talk(house.chat) as talk:
        time.sleep(AFTER_S)
        kill(redis, signal.SIGSTOP)
        try:
            time.sleep(PAUSE_S)
        finally:
            kill(redis, signal.SIGCONT)
        time.sleep(AFTER_S)
    house.await_answers(talk.messages)
    check(house, talk.messages, late_s=PAUSE_S)  # nobody can say anything while it stands still


def test_the_way_to_redis_may_be_cut(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]):
    port = free_port()
    with Proxy(port) as proxy:
        folder, broker = tmp_path_factory.mktemp("cut"), f"redis://127.0.0.1:{proxy.port}/0"
        with House(folder, port, THREE_HOSTS, ("one", "two", "three"), broker_url=broker) as house:
            with Talk(house.chat) as talk:
                time.sleep(AFTER_S)
                proxy.hole = True
                time.sleep(HOLE_S)
                proxy.reset()
                proxy.hole = False
                time.sleep(AFTER_S)
            house.await_answers(talk.messages)
            check(house, talk.messages, late_s=HOLE_S + AFTER_S)
