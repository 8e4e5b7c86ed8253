"""The floor under every queue on Redis: a list, and one process at its other end.

`python -m benchmarks.raw_list URL` is that process: it counts each job in one key, and brings each question back.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable

import redis

from tasks.contracts.errors import ProcessFailed

ASKED, ANSWERED, JOBS, COUNT = "raw:asked", "raw:answered", "raw:jobs", "raw:count"
WAIT_S = 30
SOCKET_TIMEOUT_S = WAIT_S + 5


def opened(url: str) -> redis.Redis:
    """Return a client whose blocking reads are not cut short."""
    return redis.Redis.from_url(url, socket_timeout=SOCKET_TIMEOUT_S)


def command(url: str) -> list[str]:
    """Return the command line of the process at the other end."""
    return [sys.executable, "-m", "benchmarks.raw_list", url]


def round_trip(client: redis.Redis) -> Callable[[], float]:
    """Return what sends one word to that process and takes the seconds until it is back."""

    def once() -> float:
        word = uuid.uuid4().hex
        began_s = time.perf_counter()
        client.lpush(ASKED, word)
        back = client.brpop([ANSWERED], timeout=WAIT_S)
        took_s = time.perf_counter() - began_s
        if back is None or back[1] != word.encode():
            raise ProcessFailed("the process at the other end of the list does not answer")
        return took_s

    return once


def serve(client: redis.Redis) -> None:
    """Count jobs and answer questions, for ever."""
    while True:
        came = client.brpop([JOBS, ASKED], timeout=WAIT_S)
        if came and came[0] == ASKED.encode():
            client.lpush(ANSWERED, came[1])
        elif came:
            client.incr(COUNT)


if __name__ == "__main__":
    serve(opened(sys.argv[1]))
