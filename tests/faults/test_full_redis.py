"""Redis has no memory left under `noeviction`: who asks is told at once, what was accepted is kept, and it heals."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tasks.contracts.errors import StoreFull
from tests.faults.chat import now_ms
from tests.faults.house import House
from tests.faults.invariants import check
from tests.faults.judging import REFUSED
from tests.faults.load import Talk
from tests.faults.notebook import NOTEBOOK

pytestmark = [pytest.mark.faults, pytest.mark.slow]
STONE_BYTES, STONES = 65_536, 128
BALLAST = "ballast"
BEFORE_S, FULL_S, AFTER_S = 3.0, 12.0, 3.0
TOLD_MS = 2_000
LEAST_REFUSED = 50


@contextlib.contextmanager
def full(client: Any) -> Iterator[None]:
    """Fill the memory of a Redis to its limit and a little beyond; at the end most of what fills it is taken away."""
    for _ in range(STONES):
        client.rpush(BALLAST, "x" * STONE_BYTES)
    client.config_set("maxmemory", client.info("memory")["used_memory"] - STONE_BYTES)
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        client.rpush(BALLAST, "x")
    try:
        yield
    finally:
        client.delete(BALLAST)


@pytest.fixture
def narrow(house: House) -> Iterator[Any]:
    """A client of the Redis whose memory may be limited; afterwards it is not."""
    yield house.store.client
    house.store.client.config_set("maxmemory", 0)


def test_redis_may_run_out_of_memory(house: House, narrow: Any):
    before = set(house.workers()), set(house.agents())
    with Talk(house.chat) as talk:
        time.sleep(BEFORE_S)
        with full(narrow):
            time.sleep(FULL_S)
        lifted_ms = now_ms()
        time.sleep(AFTER_S)
    house.await_answers(talk.messages)
    check(house, talk.messages, late_s=FULL_S + AFTER_S, lifted_ms=[lifted_ms])
    waits_ms = house.chat.refusals_ms(REFUSED)
    NOTEBOOK.page.tell(refused=len(waits_ms), told_within=f"{waits_ms[-1]} ms")
    assert len(waits_ms) > LEAST_REFUSED
    assert waits_ms[-1] <= TOLD_MS
    assert {post.text for post in house.chat.posts() if post.kind == REFUSED} == {StoreFull.notice}
    assert (set(house.workers()), set(house.agents())) == before, "nobody died of it"
