"""Who is compared: Rookery, a raw Redis list, and other queues, each with a way to fill its queue and a worker.

Contenders that share a Redis take turns at it, and it is emptied in between.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import redis

from benchmarks import raw_list
from benchmarks.figures import Cost, cost_of
from benchmarks.stage import MODEL, ROOT, Stage
from tasks.contracts.errors import ProcessFailed
from tasks.contracts.messages import JobRequest

SLOTS = 4  # jobs that a worker has in hand at a time, where it can have several
PEOPLE = 50
TEXT = "hello"
PROGRAMS = Path(__file__).parent / "peers"
DEADLINE_S = 3600.0
END_S = 5.0


class Contender(Protocol):
    """One queue, with its worker."""

    def enqueue(self, count: int) -> Cost:
        """Put that many jobs on the queue, one after the other."""
        ...

    def start_worker(self) -> int:
        """Start one worker and return its pid."""
        ...

    def left(self) -> int:
        """Return how many jobs are not finished yet."""
        ...

    def ask(self) -> float:
        """Put one job on the queue and return the seconds until its result is here."""
        ...


class Rookery:
    """Jobs of the demo model through the gateway, answered by the real worker with the `fake` engine."""

    def __init__(self, made: Stage, url: str) -> None:
        self._made, self._url, self._gateway = made, url, made.gateway(url)

    def enqueue(self, count: int) -> Cost:
        """Submit jobs of fifty people, each in a session of its own."""
        return cost_of(lambda number: self._gateway.submit(request(f"person{number % PEOPLE}")), count)

    def start_worker(self) -> int:
        """Start the worker, with a host that the ledger knows."""
        return self._made.worker(self._url, "fake", slots=SLOTS)

    def left(self) -> int:
        """Return how many jobs have no answer yet."""
        store = self._gateway.store
        return int(store.client.zcard(store.key("live")))

    def ask(self) -> float:
        """Ask through the gateway."""
        began_s = time.perf_counter()
        self._gateway.ask(request("person"))
        return time.perf_counter() - began_s


class RawList:
    """BRPOP, and one count: the least that a queue on a Redis list has to do."""

    def __init__(self, made: Stage, url: str) -> None:
        self._made, self._url = made, url
        self._client: Any = raw_list.opened(url)
        made.exits.callback(self._client.close)
        self.ask = raw_list.round_trip(self._client)

    def enqueue(self, count: int) -> Cost:
        """LPUSH, one word at a time."""
        return cost_of(lambda _: self._client.lpush(raw_list.JOBS, TEXT), count)

    def start_worker(self) -> int:
        """Start the process at the other end."""
        return self._made.program("raw", raw_list.command(self._url))

    def left(self) -> int:
        """Return the length of the list."""
        return int(self._client.llen(raw_list.JOBS))


@dataclass(frozen=True)
class Program:
    """A peer: a file in `peers/`, and the commands that count what its queue still holds."""

    name: str
    counts: tuple[tuple[str, str], ...]


CELERY = Program("celery", (("LLEN", "celery"), ("HLEN", "unacked")))


class Peer:
    """A program that takes orders, see `peers/spoken.py`, and its worker; in an environment of its own or in ours."""

    def __init__(self, made: Stage, url: str, program: Program, *, python: str = sys.executable, how: str = "") -> None:
        self._made, self._url, self._program = made, url, program
        self._argv = [python, str(PROGRAMS / f"{program.name}_peer.py")]
        self._client: Any = redis.Redis.from_url(url)
        self._log = (made.folder / f"{program.name}.{how}.log").open("wb")
        self._orders = subprocess.Popen(
            [*self._argv, "orders", url, *how.split()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=ROOT,
        )
        made.exits.callback(self.close)

    def enqueue(self, count: int) -> Cost:
        """Have the program enqueue."""
        return self._order(f"enqueue {count}")

    def start_worker(self) -> int:
        """Start the peer's own worker."""
        return self._made.program(self._program.name, [*self._argv, "work", self._url, str(SLOTS)])

    def left(self) -> int:
        """Return how many jobs the peer's own keys still hold."""
        return sum(int(self._client.execute_command(*command)) for command in self._program.counts)

    def ask(self) -> float:
        """Have the program ask once."""
        return self._order("ask 1").wall_s

    def close(self) -> None:
        """End the program that takes orders."""
        self._orders.kill()
        self._orders.communicate(timeout=END_S)  # which closes its pipes
        self._log.close()
        self._client.close()

    def _order(self, order: str) -> Cost:
        assert self._orders.stdin is not None
        assert self._orders.stdout is not None
        try:
            self._orders.stdin.write(order + "\n")
            self._orders.stdin.flush()
            said = self._orders.stdout.readline()
        except BrokenPipeError:
            said = ""
        if not said:
            words = Path(self._log.name).read_text(errors="replace").strip()
            raise ProcessFailed(f"{self._argv[1]} ended instead of answering {order!r}: {words[-500:]}")
        return Cost(**json.loads(said))


def request(user: str) -> JobRequest:
    """Return a job that anybody might ask for, in a session of its own."""
    name = uuid.uuid4().hex
    return JobRequest(job=name, model=MODEL, session=name, user=user, text=TEXT, deadline_s=DEADLINE_S)
