"""A Celery worker process, without an agent around it."""

from __future__ import annotations

import json
import os
import signal
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis

from tasks.contracts.jobs import JobState, Outcome
from tests.workers.household import FOREVER, PATIENCE_S, Worker, until
from workers.supervision.leash import LEASH_FD_ENV

# A worker without events looks for freed slots about once a second. Half of that is far above what ours takes (a
# few ms, see docs/design.md, "Bells") and far below what it would take if somebody switched events off.
LONGEST_MEDIAN_GAP_MS = 500
BACKLOG, SLOTS = 14, 2
FULL = "used memory"  # is more than allowed, Redis says


@pytest.fixture
def worker(redis_url: str, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Call it for a worker that hears bells."""
    made: list[Worker] = []

    def start(**post: Any) -> Worker:
        made.append(Worker(tmp_path, redis_url, **post))
        made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.close()


def test_a_bell_is_heard_and_the_log_names_the_job_but_no_word_of_it(worker):
    one = worker()
    job = one.house.submit("xylophone !fail marzipan")
    until(lambda: one.flock.view(job).attempts == 1 and one.flock.state(job) == "queued", "a failed try")
    one.flock.withdraw(job)
    view = one.house.answered(one.house.submit("xylophone marzipan"))
    assert (view.text, view.host) == ("echo: xylophone marzipan", "home")
    said = one.log.read_text()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]  # Celery may warn of root
    told = {line["event"]: line["job"] for line in lines if "job" in line}
    assert told == {"could not answer": job, "answered": view.job}
    assert "xylophone" not in said
    assert "marzipan" not in said


def test_a_full_worker_starts_the_next_job_soon_after_an_end(worker):
    one = worker(slots=SLOTS)
    jobs = [one.house.submit("!slow 0.04 a b c", user=f"user{at}") for at in range(BACKLOG)]
    views = [one.house.answered(job) for job in jobs]

    def at(state: JobState) -> list[int]:
        return sorted(next(mark.at_ms for mark in view.marks if mark.state is state) for view in views)

    # The first jobs found free slots; each later start takes the slot of the next end.
    gaps_ms = [start - end for start, end in zip(at(JobState.CLAIMED)[SLOTS:], at(JobState.DONE), strict=False)]
    assert len(gaps_ms) == BACKLOG - SLOTS
    assert statistics.median(gaps_ms) < LONGEST_MEDIAN_GAP_MS, gaps_ms


def test_a_worker_that_is_told_to_end_lets_its_answer_end(worker):
    one = worker()
    job = one.house.begun("!slow 0.1 " + "word " * 12)
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(PATIENCE_S) == 0
    assert one.flock.view(job).outcome is Outcome.REPLY


def test_a_worker_whose_agent_is_gone_ends_at_once(redis_url, tmp_path):
    one = Worker(tmp_path, redis_url)
    child_end, parent_end = os.pipe()
    try:
        one.start({LEASH_FD_ENV: str(child_end)}, pass_fds=[child_end])
        one.house.begun(f"!slow 0.1 {FOREVER}")
        os.close(parent_end)
        one.process.wait(PATIENCE_S)
    finally:
        os.close(child_end)
        one.close()


def test_a_worker_of_a_replaced_agent_claims_nothing(worker):
    one = worker()
    newer = one.flock.host("home", "echo-one")
    job = one.house.submit("hello")
    until(lambda: one.flock.bells("model.echo-one") == 0, "the bell to be heard")
    assert newer.fence > one.card.fence
    assert one.flock.view(job).attempts == 0


@pytest.fixture
def limited(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the Redis, whose memory may be limited meanwhile."""
    with redis.Redis.from_url(redis_url) as client:
        yield client
        client.config_set("maxmemory", 0)


def test_a_worker_that_hears_a_bell_while_redis_has_no_room_lives_on(worker, limited):
    one = worker()
    one.process.send_signal(signal.SIGSTOP)
    job = one.house.submit("hello")  # its bell is on the way to the worker
    limited.config_set("maxmemory", 1)
    one.process.send_signal(signal.SIGCONT)
    until(lambda: FULL in one.log.read_text(), "the claim that is refused")
    limited.config_set("maxmemory", 0)
    until(lambda: one.flock.sweep() and one.flock.view(job).ended, "the bell that the sweeper rings")
    assert one.flock.view(job).text == "echo: hello"
    assert one.process.poll() is None


def test_a_worker_that_starts_while_redis_has_no_room_waits(redis_url, tmp_path, limited):
    one = Worker(tmp_path, redis_url)
    limited.config_set("maxmemory", 1)
    try:
        with ThreadPoolExecutor() as pool:
            started = pool.submit(one.start)
            until(lambda: one.log.exists() and "OutOfMemoryError" in one.log.read_text(), "the start that is refused")
            assert one.process.poll() is None
            limited.config_set("maxmemory", 0)
            started.result()
        assert one.house.answered(one.house.submit("hello")).text == "echo: hello"
    finally:
        one.close()
