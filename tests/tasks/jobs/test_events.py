"""Events reach listeners in other processes, and a listener that fails holds up nobody."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.jobs import JobState
from tasks.contracts.messages import JobRequest
from tasks.jobs.events import JobEvent, listen
from tasks.jobs.gateway import Gateway
from tasks.jobs.store import Store

PATIENCE_LINES = 20  # a listener that hears nothing says so once a second
LISTENER = """
import sys
from tasks.jobs.events import listen
from tasks.jobs.store import Store
for event in listen(Store.open(sys.argv[1])):
    print("listening" if event is None else f"{event.job} {event.state.value}", flush=True)
"""


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store.open(redis_url)
    yield made
    made.close()


@pytest.fixture
def listener(redis_url: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENER, redis_url], stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "listening\n"
        yield process
        process.kill()


def submit(store: Store, job: str) -> None:
    Gateway(store).submit(JobRequest(job=job, model="demo", session=job, user=job, text="hello"))


def test_moves_are_heard_in_order_with_model_and_mover(store: Store) -> None:
    events = listen(store)
    assert next(events) is None
    submit(store, "j")
    Gateway(store).cancel("j", "me")
    heard = [next(events) for _ in range(3)]
    assert heard == [
        JobEvent("j", JobState.RECEIVED, "demo", ""),
        JobEvent("j", JobState.QUEUED, "demo", ""),
        JobEvent("j", JobState.WITHDRAWN, "demo", "me"),
    ]


def test_another_process_hears_too(store: Store, listener: subprocess.Popen[str]) -> None:
    submit(store, "j")
    assert listener.stdout
    lines = iter(listener.stdout.readline, "")
    assert "j queued\n" in itertools.islice(lines, PATIENCE_LINES)


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_a_listener_that_hangs_or_dies_blocks_nobody(
    store: Store, listener: subprocess.Popen[str], number: signal.Signals
) -> None:
    listener.send_signal(number)
    for count in range(50):
        submit(store, f"j{count}")
    assert store.client.zcard(store.key("live")) == 50


def test_words_are_never_part_of_an_event(store: Store) -> None:
    with store.client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(store.key("events"))
        submit(store, "j")
        heard = [pubsub.get_message(timeout=1.0) for _ in range(3)]
    assert not any("hello" in str(message) for message in heard)


def test_a_redis_that_is_gone_is_said_so() -> None:
    with pytest.raises(StoreUnavailable):
        next(listen(Store.open("redis://127.0.0.1:1")))
