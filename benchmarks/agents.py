"""A fleet of hosts as real processes before one Redis: agents whose fake engine loads for as long as it is told to."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.stage import ROOT, Stage, stage
from tasks.contracts.errors import ProcessFailed
from tasks.contracts.jobs import JobState, JobView
from tasks.contracts.messages import JobClass, JobRequest
from tasks.contracts.tomltext import written
from tasks.jobs import fleet_moves
from tasks.jobs.fleet_values import Tally
from tasks.jobs.gateway import Gateway
from tasks.jobs.values import HostSeen, Ways

WAIT_S = 120.0
LOOK_S = 0.02
JOIN_S = 60.0
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """A host: what it may hold, and how much of it at a time."""

    name: str
    models: Sequence[str]
    memory_gib: float = 1_000.0
    extra: str = ""
    """More keys of its table."""


class Fleet:
    """Hosts that can be started, ended and killed, and jobs for them."""

    def __init__(
        self, made: Stage, places: Sequence[Place], *, size_gib: float, slots: int, more: str, load_s: float
    ) -> None:
        self._stage, self._load_s = made, load_s
        self.folder = made.folder
        url = made.redis(fsync=False)
        self.store = made.store(url)
        self.gateway = Gateway(self.store, Ways())
        (made.folder / "rookery.toml").write_text(settings(url, places, size_gib, slots, more))

    def start(self, *hosts: str) -> None:
        """Start agents, and wait until each is up and has what it wants at its start."""
        for name in hosts:
            self.begin(name)
        for name in hosts:
            self.until(lambda name=name: self.settled(name), f"host {name}")  # type: ignore[misc]

    def begin(self, name: str, ready: Callable[[], bool] | None = None) -> int:
        """Start an agent, and return its pid without waiting for it, unless `ready` says how long."""
        return self._stage.program(
            f"host-{name}",
            [sys.executable, "-P", "-m", "rookery", "run", "host", name],
            env={
                "ROOKERY_CONFIG": str(self._stage.folder / "rookery.toml"),
                "ROOKERY_TEST_SCRIPTED": "1",
                "ROOKERY_TEST_LOAD_S": str(self._load_s),
                "PYTHONPATH": str(ROOT),
            },
            cwd=self._stage.folder,
            watches_leash=True,
            ready=ready,
        )

    def leave(self, pid: int) -> None:
        """Have an agent end as its operator would."""
        self._stage.end(pid)

    def kill(self, name: str, pid: int) -> int:
        """Have an agent die, and start it again, as often as it takes; return the pid of the new one."""
        seen = self.seen(name)
        fence = seen.fence if seen else 0
        self._stage.end(pid, killed=True)
        return self.begin(name, lambda: (now := self.seen(name)) is not None and now.fence != fence)

    def seen(self, name: str) -> HostSeen | None:
        """Return a host as the ledger knows it."""
        return next((host for host in self.store.run(fleet_moves.status()).hosts if host.name == name), None)

    def settled(self, name: str) -> bool:
        """Return whether a host is up and has what it wanted at its start."""
        seen = self.seen(name)
        return bool(seen and seen.live and seen.about.get("memory", {}).get("settled"))

    def counts(self) -> Tally:
        """Return what has happened in all."""
        return self.store.run(fleet_moves.stats()).total

    def ask(self, model: str, text: str, *, batch: bool = False, deadline_s: float = 600.0) -> str:
        """Submit a job, each of another person, and return its id."""
        name = uuid.uuid4().hex
        kind = JobClass.BATCH if batch else JobClass.INTERACTIVE
        self.gateway.submit(
            JobRequest(job=name, model=model, session=name, user=name, text=text, job_class=kind, deadline_s=deadline_s)
        )
        return name

    def answered(self, names: Sequence[str], within_s: float = WAIT_S) -> list[JobView]:
        """Wait until all of these jobs have ended, and return them. Raises ProcessFailed when they do not."""
        left, views, give_up_s = list(names), dict[str, JobView](), time.monotonic() + within_s
        while left:
            for name in list(left):
                views[name] = self.gateway.job(name)
                if not views[name].ended:
                    break
                left.remove(name)
            else:
                break
            if time.monotonic() > give_up_s:
                raise ProcessFailed(f"{len(left)} of {len(names)} jobs did not end")
            time.sleep(LOOK_S)
        return [views[name] for name in names]

    def until(self, condition: Callable[[], T], what: str, within_s: float = JOIN_S) -> T:
        """Wait for a condition and return what it gave. Raises ProcessFailed."""
        give_up_s = time.monotonic() + within_s
        while not (found := condition()):
            if time.monotonic() > give_up_s:
                raise ProcessFailed(f"waited in vain for {what}")
            time.sleep(LOOK_S)
        return found


@contextmanager
def fleet(
    places: Sequence[Place], *, size_gib: float = 10.0, slots: int = 4, more: str = "", load_s: float = 0.0
) -> Iterator[Fleet]:
    """Have a fleet, no host of which is started yet, until the block ends."""
    with stage() as made:
        yield Fleet(made, places, size_gib=size_gib, slots=slots, more=more, load_s=load_s)


def waited_s(view: JobView) -> float:
    """Return the seconds from receipt to the first claim."""
    return (next(mark.at_ms for mark in view.marks if mark.state is JobState.CLAIMED) - view.received_ms) / 1000


def settings(url: str, places: Sequence[Place], size_gib: float, slots: int, more: str) -> str:
    """Return the rookery.toml of a fleet in which all models are alike."""
    names = sorted({model for place in places for model in place.models})
    models = "".join(_model(name, [place.name for place in places], size_gib, slots) for name in names)
    return f"[redis]\nurl = {written(url)}\n{more}{models}{''.join(map(_host, places))}"


def _model(name: str, hosts: Sequence[str], size_gib: float, slots: int) -> str:
    aliases = written(dict.fromkeys(hosts, name))
    return f"[[model]]\nname = {written(name)}\naliases = {aliases}\nmemory_gib = {size_gib}\nslots = {slots}\n"


def _host(place: Place) -> str:
    return (
        f'[[host]]\nname = {written(place.name)}\nengine = "fake"\nmodels = {json.dumps(list(place.models))}\n'
        f"memory_gib = {place.memory_gib}\n{place.extra}\n"
    )
