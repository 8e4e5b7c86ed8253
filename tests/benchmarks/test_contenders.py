from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
import redis

from benchmarks import raw_list
from benchmarks.contenders import CELERY, PEOPLE, Peer, Program, RawList, Rookery
from benchmarks.stage import Stage, stage
from tasks.contracts.errors import ProcessFailed


@pytest.fixture
def made() -> Iterator[Stage]:
    with stage() as scene:
        yield scene


def test_rookery_has_jobs_of_many_people_left_until_a_worker_comes(made: Stage, redis_url: str) -> None:
    ours = Rookery(made, redis_url)
    cost = ours.enqueue(PEOPLE + 3)
    assert cost.wall_s > 0
    assert ours.left() == PEOPLE + 3
    with redis.Redis.from_url(redis_url) as client:
        assert len(client.keys("rookery:user:*")) == PEOPLE


def test_a_raw_list_brings_words_back_and_counts_jobs(made: Stage, redis_url: str) -> None:
    raw = RawList(made, redis_url)
    raw.enqueue(5)
    assert raw.left() == 5
    raw.start_worker()
    assert raw.ask() > 0  # answered after the jobs that were there before
    assert raw.left() == 0
    with redis.Redis.from_url(redis_url) as client:
        assert client.get(raw_list.COUNT) == b"5"


def test_a_peer_enqueues_by_order_and_its_own_keys_say_what_is_left(made: Stage, redis_url: str) -> None:
    peer = Peer(made, redis_url, CELERY)
    cost = peer.enqueue(7)
    assert cost.wall_s > 0
    assert cost.cpu_s > 0
    assert peer.left() == 7
    peer.close()


def test_a_peer_that_ends_is_told_with_its_last_words(made: Stage, redis_url: str) -> None:
    peer = Peer(made, redis_url, Program("missing", ()))
    with pytest.raises(ProcessFailed, match=r"missing_peer\.py"):
        peer.enqueue(1)


def test_a_peer_that_nobody_orders_any_more_ends(redis_url: str) -> None:
    command = [sys.executable, "benchmarks/peers/celery_peer.py", "orders", redis_url]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, timeout=30, check=False).returncode == 0
