"""A Redis that is reached by a file of this machine: by jobs, by those who await, and by bells."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from kombu import Connection

from tasks.contracts.redisurl import broker_url
from tasks.jobs.store import AsyncStore, Store
from workers.supervision.redis_server import find_server

PATIENCE_S, STEP_S = 20.0, 0.01
DATABASE = 1


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A Redis of its own, without a port."""
    socket = tmp_path / "r.sock"
    command = [find_server().path, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        gives_up_s = time.monotonic() + PATIENCE_S
        while not socket.exists() and time.monotonic() < gives_up_s:
            time.sleep(STEP_S)
        yield f"unix://{socket}?db={DATABASE}"
        running.terminate()


def test_jobs_bells_and_those_who_await_meet_in_one_database(url: str) -> None:
    with contextlib.closing(Store.open(url)) as store:
        assert store.now_ms() > 0

    async def pinged() -> bool:
        awaits = AsyncStore.open(url, sockets=1)
        try:
            return bool(await awaits.client.ping())
        finally:
            await awaits.close()

    assert asyncio.run(pinged())
    with Connection(broker_url(url)) as broker, broker.SimpleQueue("model.tiny") as queue:
        queue.put("a bell")
        with redis.Redis.from_url(url) as client:
            assert client.llen("model.tiny") == 1
