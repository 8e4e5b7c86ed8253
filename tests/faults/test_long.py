"""What takes longer than a commit should wait for: `make test-faults`."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from tasks.jobs.store import SOCKET_TIMEOUT_S
from tests.faults.chat import now_ms
from tests.faults.conftest import THREE_HOSTS
from tests.faults.house import REDIS, House, kill
from tests.faults.invariants import check
from tests.faults.load import Talk, restart_redis, survive_kills
from tests.faults.notebook import NOTEBOOK
from tests.faults.proxy import Proxy

pytestmark = [pytest.mark.faults, pytest.mark.slow]
KILLS = 200
FAR_KILLS = 80  # each costs more: a worker's start is some twenty round trips
FAR_S = 0.025  # each way
RESTARTS, BETWEEN_S = 10, 2.0
PAUSE_S, AFTER_S = 30.0, 3.0
HOLE_S = 8.0


def test_two_hundred_kills(house: House):
    survive_kills(house, KILLS)


def test_kills_with_a_far_broker(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]):
    port = free_port()
    with Proxy(port, FAR_S) as proxy:
        folder, broker = tmp_path_factory.mktemp("far"), f"redis://127.0.0.1:{proxy.port}/0"
        with House(folder, port, THREE_HOSTS, ("one", "two", "three"), broker_url=broker) as house:
            survive_kills(house, FAR_KILLS)


def test_redis_may_be_killed_ten_times(house: House):
    killed_ms = []
    with Talk(house.chat) as talk:
        for number in range(RESTARTS):
            time.sleep(BETWEEN_S)
            killed_ms.append(restart_redis(house))
            NOTEBOOK.progress(f"{number + 1} of {RESTARTS} restarts")
        time.sleep(BETWEEN_S)
    house.await_answers(talk.messages)
    check(house, talk.messages, lifted_ms=killed_ms)


def test_redis_may_stand_still_for_half_a_minute(house: House):
    redis, began_ms = house.pid(REDIS) or 0, now_ms()
    with Talk(house.chat) as talk:
        time.sleep(AFTER_S)
        kill(redis, signal.SIGSTOP)
        try:
            time.sleep(PAUSE_S)
        finally:
            kill(redis, signal.SIGCONT)
        lifted_ms = now_ms()
        time.sleep(AFTER_S)
    house.await_answers(talk.messages)
    # Nobody can say anything while it stands still.
    check(house, talk.messages, late_s=PAUSE_S, lifted_ms=[lifted_ms])
    lag_ms = house.chat.longest_lag_ms(began_ms)
    NOTEBOOK.page.tell(longest_lag_of_the_bot=f"{lag_ms} ms")
    assert lag_ms < SOCKET_TIMEOUT_S * 1000, "a bot that waited for Redis would have stood still as long as its socket"


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
                lifted_ms = now_ms()
                time.sleep(AFTER_S)
            house.await_answers(talk.messages)
            check(house, talk.messages, late_s=HOLE_S + AFTER_S, lifted_ms=[lifted_ms])
