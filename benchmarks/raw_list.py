"""The floor under every queue on Redis: a list, and one process at its other end.

`python -m benchmarks.raw_list echo URL` brings each word back; `… work URL` counts each word in one key.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable

import redis

ASKED, ANSWERED, JOBS, COUNT = "raw:asked", "raw:answered", "raw:jobs", "raw:count"
WAIT_S = 30
SOCKET_TIMEOUT_S = WAIT_S + 5


def opened(url: str) -> redis.Redis:
    """Return a client whose blocking reads are not cut short."""
    return redis.Redis.from_url(url, socket_timeout=SOCKET_TIMEOUT_S)


def command(verb: str, url: str) -> list[str]:
    """Return the command line of the process at the other end."""
    return [sys.executable, "-m", "benchmarks.raw_list", verb, url]


def round_trip(client: redis.Redis) -> Callable[[], float]:
    """Return what sends one word to the echoing process and takes the seconds until it is back."""

    def once() -> float:
        word = uuid.uuid4().hex
        began_s = time.perf_counter()
        client.lpush(ASKED, word)
        back = client.brpop([ANSWERED], timeout=WAIT_S)
        took_s = time.perf_counter() - began_s
        if back is None or back[1] != word.encode():
            raise TimeoutError("the echoing process does not answer")
        return took_s

    return once


def echo(client: redis.Redis) -> None:
    """Bring back what comes, for ever."""
    while True:
        if came := client.brpop([ASKED], timeout=WAIT_S):
            client.lpush(ANSWERED, came[1])


def work(client: redis.Redis) -> None:
    """Count what comes, for ever."""
    while True:
        if client.brpop([JOBS], timeout=WAIT_S):
            client.incr(COUNT)


if __name__ == "__main__":
    {"echo": echo, "work": work}[sys.argv[1]](opened(sys.argv[2]))
