"""A whole flock of real processes in one folder: Redis, host agents with their workers, a bot on a fake chat.

A supervisor keeps them running as `rookery up` would, only with less patience; tests kill what they like.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import psutil

from tasks.contracts.errors import RookeryError
from tasks.contracts.jobs import JobView
from tasks.jobs import fleet_moves, moves
from tasks.jobs.store import Store
from tests.faults.chat import Chat
from tests.faults.settings import DEADLINE_S, LATE_S, LEASE_S, MODEL, NO_PROGRESS_S, PATIENT_S
from workers.flock import WARM_TO_RUN
from workers.supervision.child import ChildSpec
from workers.supervision.forking import Forkserver
from workers.supervision.redis_server import local_url, redis_child
from workers.supervision.supervise import Phase, Supervisor

ROOT = Path(__file__).parents[2]
READY_S = 60.0  # of a busy machine
STOP_S = 30.0
POLL_S = 0.04
BACKOFF_CAP_S = 0.5  # whatever dies comes back at once, however often it dies
BOT = "bot"
REDIS = "redis"
WORKER, ENGINE = "workers.launch", "workers.engines.llamacpp_server"
JOBS: Mapping[str, float] = MappingProxyType({"lease_s": LEASE_S, "deadline_s": DEADLINE_S})


class House:
    """The processes, by name: `redis`, `host-<name>`, `bot`."""

    def __init__(
        self,
        folder: Path,
        port: int,
        config: str,
        hosts: Iterable[str],
        *,
        broker_url: str = "",
        no_progress_s: float = NO_PROGRESS_S,
        chat: Callable[[Path], Chat] = Chat,
        bot: tuple[str, ...] = ("tests.faults.bot",),
        warm: tuple[str, ...] = (),
        jobs: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        """Say who is there. `chat` is where people talk, `bot` the module of the bot there and what it is told besides.

        A bot dies often: what it imports, if named in `warm`, is imported once. `jobs` goes before what stands in JOBS.
        """
        self.folder, self.redis_url = folder, local_url(port)
        self.crash_dir, self.hosts = folder / "crash", tuple(hosts)
        self.chat, self.store = chat(folder / "chat.sqlite"), Store.open(self.redis_url)
        self._bot_program = bot
        self.crash_dir.mkdir()
        table = {**JOBS, "no_progress_s": no_progress_s, **jobs}
        lines = "".join(f"{key} = {value}\n" for key, value in table.items())
        (folder / "rookery.toml").write_text(f"[jobs]\n{lines}{config}", "utf-8")
        self._broker_url = broker_url or self.redis_url
        self.forkserver = Forkserver((*WARM_TO_RUN, *warm))
        self.supervisor = Supervisor(
            [_hasty(redis_child(folder / "redis", port)), *map(self.host_child, self.hosts), self._bot()],
            log_dir=folder / "logs",
            jitter=lambda: 0.0,
            forkserver=self.forkserver,
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.supervisor.tick_until, args=(self._stop,))

    def __enter__(self) -> Self:
        self.supervisor.start()
        self._thread.start()
        try:
            until(self.complete, READY_S)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._stop.set()
        self._thread.join()
        self.supervisor.hurry()
        self.supervisor.stop()
        self.store.close()

    # ------------------------------------------------------------ processes
    def pid(self, name: str) -> int | None:
        """Return the process of this name, or None while it is down."""
        return self.supervisor.states()[name].pid

    def agents(self) -> list[int]:
        """Return the agents that are running."""
        pids = [self.pid(f"host-{host}") for host in self.hosts]
        return [pid for pid in pids if pid is not None]

    def workers(self, host: str = "", program: str = WORKER) -> list[int]:
        """Return the workers that are running, of one host or of all."""
        names = self.hosts if not host else (host,)
        if program == WORKER:
            found = {}
            for root in (self.forkserver.pid, *self.agents()):  # an agent of its own program has its own forkserver
                found |= below(root, WORKER)
            return [
                pid for pid, command in found.items() if command.split()[-1] in {f"{MODEL}@{name}" for name in names}
            ]
        agents = [self.pid(f"host-{name}") for name in names]
        return [pid for agent in agents for pid in below(agent, program)]

    def complete(self) -> bool:
        """Return whether everything runs, with a worker for each host."""
        ready = all(state.phase is Phase.READY for state in self.supervisor.states().values())
        return ready and len(self.workers()) == len(self.hosts) and all(map(self._serves, self.hosts))

    def serves(self, host: str) -> bool:
        """Return whether the agent and the worker of a host are there, and the worker hears bells."""
        heard = self.folder / "data" / "hosts" / host / f"{MODEL}.ready"
        return heard.exists() and len(self.workers(host)) == 1

    def kill(self, name: str) -> int:
        """Send SIGKILL to the process of this name, once it runs; it will be started again. Returns its pid."""
        until(lambda: self.pid(name) is not None, READY_S)
        pid = self.pid(name) or 0
        kill(pid)
        return pid

    def arm(self, point: str) -> None:
        """Have the next process that reaches `point` die there."""
        (self.crash_dir / point).touch()

    def armed(self, point: str) -> bool:
        """Return whether nobody has died there yet."""
        return (self.crash_dir / point).exists()

    # ------------------------------------------------------------ jobs
    def view(self, message: int) -> JobView:
        """Return the job of a message."""
        return self.view_of(self.chat.job(message))

    def view_of(self, job: str) -> JobView:
        """Return a job."""
        return self.store.run(moves.read_job(job))

    def await_answers(self, messages: Iterable[int], within_s: float = PATIENT_S + LATE_S) -> None:
        """Wait until every message has a reply or notice in the chat."""
        wanted = {self.chat.job(message) for message in messages}

        def missing() -> set[str]:
            return wanted - {post.job for post in self.chat.posts()}

        until(lambda: not missing(), within_s, lambda: f"unanswered: {list(map(self._trail, missing()))}")

    def _trail(self, job: str) -> str:
        """Return what became of a job, for the reader of a failed test."""
        try:
            return f"{job}: {[f'{mark.state} {mark.who} {mark.why}' for mark in self.view_of(job).marks]}"
        except RookeryError as exc:
            return f"{job}: {exc}"

    def await_seen(self, message: int, within_s: float = READY_S) -> bool:
        """Wait until the bot has a message accepted, and return whether a host was up for it."""
        until(lambda: self.chat.messages()[message] is not None, within_s)
        return bool(self.chat.messages()[message])

    def await_state(self, message: int, *states: str, within_s: float = READY_S) -> JobView:
        """Wait until the job of a message is in one of these states."""

        def there() -> bool:
            try:
                return self.view(message).state.value in states
            except RookeryError:
                return False

        until(there, within_s)
        return self.view(message)

    # ------------------------------------------------------------ how each is started
    def environment(self) -> dict[str, str]:
        """Return what every process is told."""
        return {
            "REDIS_URL": self._broker_url,
            "ROOKERY_CONFIG": str(self.folder / "rookery.toml"),
            "ROOKERY_TEST_SCRIPTED": "1",
            "ROOKERY_CRASH_AT": str(self.crash_dir),
        }

    def host_child(self, name: str) -> ChildSpec:
        """Return how the agent of a host is run."""
        before = 0

        def note_fence() -> None:
            nonlocal before
            before = self._seen(name)[0]

        def serves() -> bool:
            return self._seen(name)[0] > before and self._serves(name)

        return ChildSpec(
            name=f"host-{name}",
            argv=(sys.executable, "-P", "-m", "rookery", "run", "host", name),
            env=self.environment(),
            cwd=self.folder,
            watches_leash=True,
            forkable=True,
            forks=True,
            needs=(REDIS,),
            prepare=note_fence,
            ready=serves,
            ready_timeout_s=READY_S,
            kill_timeout_s=STOP_S,
            backoff_cap_s=BACKOFF_CAP_S,
        )

    def _serves(self, name: str) -> bool:
        return self._seen(name)[1] == {"ready"}

    def _seen(self, name: str) -> tuple[int, set[str]]:
        """Return a host's fence, and the states that its models are in."""
        try:
            hosts = {seen.name: seen for seen in self.store.run(fleet_moves.status()).hosts if seen.live}
        except RookeryError:
            return 0, set()
        if name not in hosts:
            return 0, set()
        return hosts[name].fence, {model["state"] for model in hosts[name].about.get("models", [])}

    def _bot(self) -> ChildSpec:
        module, *more = self._bot_program
        return ChildSpec(
            name=BOT,
            argv=(sys.executable, "-P", "-m", module, str(self.chat.file), self._broker_url, BOT, *more),
            env={**self.environment(), "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            watches_leash=True,
            forkable=True,
            needs=(REDIS,),
            backoff_cap_s=BACKOFF_CAP_S,
        )


def _hasty(spec: ChildSpec) -> ChildSpec:
    return ChildSpec(
        spec.name, spec.argv, prepare=spec.prepare, ready=spec.ready, ready_timeout_s=READY_S, backoff_cap_s=0.2
    )


def below(pid: int | None, program: str) -> dict[int, str]:
    """Return the processes below a process that run `program`, with their command lines."""
    found: dict[int, str] = {}
    with contextlib.suppress(psutil.NoSuchProcess, OSError):
        for child in _children(pid) if pid else ():
            command = " ".join(psutil.Process(child).cmdline())
            if program in command:
                found[child] = command.rstrip("\0 ")
            found |= below(child, program)
    return found


def _children(pid: int) -> list[int]:
    said = Path(f"/proc/{pid}/task/{pid}/children")  # a hundred times quicker than a look at all processes
    if said.parent.exists() and said.exists():
        return [int(child) for child in said.read_text().split()]
    return [child.pid for child in psutil.Process(pid).children()]


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> bool:
    """Signal a process; False when it is gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def until(true: Callable[[], bool], within_s: float, why: Callable[[], str] = lambda: "") -> None:
    """Wait until a condition holds; fail after `within_s`."""
    ends_s = time.monotonic() + within_s
    while not true():
        if time.monotonic() > ends_s:
            raise AssertionError(f"not within {within_s:g} s. {why()}")
        time.sleep(POLL_S)
