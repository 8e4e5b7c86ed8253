"""A town: bots as processes on emulated platforms, the ledger, workers with a fake engine, and people who talk."""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.bots import platforms
from benchmarks.bots.judging import Account, Question, account
from benchmarks.bots.platforms import Chatting
from benchmarks.stage import HOST, PRESENCE_MS
from tasks.contracts.errors import ProcessFailed
from tasks.contracts.queues import slug
from tasks.jobs import bookmarks, fleet_moves, placing, roster
from tasks.jobs.store import Store
from workers.post import POST_ENV, Post
from workers.supervision.child import ChildSpec
from workers.supervision.ports import free_port
from workers.supervision.redis_server import local_url, redis_child
from workers.supervision.supervise import Supervisor

READY_S = 90.0
SETTLED_S = 60.0
STOP_S = 5.0
POLL_S = 0.02
CALM_S = 2.0
CONTEXT_TOKENS, SLOTS, SHORT = 4096, 8, 16
FAKE, REDIS = "fake+scripted", "redis"
MODELS = tuple(f"model{number}" for number in range(3))
MOST_OF_ONE = 8
LIMITS = f"[jobs]\nmax_in_flight = {MOST_OF_ONE}\n[limits]\nchannel_in_flight = 200\n"  # a feed is one channel for all


@dataclass(frozen=True)
class Resident:
    """Somebody who talks with one persona, always in the same place."""

    platform: Chatting
    person: str
    place: str
    persona: str

    @property
    def conversation(self) -> str:
        """Within what answers come in order: a feed is one place for all."""
        own = self.persona if self.platform.name == platforms.Feed.name else self.place
        return f"{self.platform.name}:{own}"


@dataclass
class Pids:
    """The processes that are measured."""

    bots: dict[str, int] = field(default_factory=dict)
    pipeline: dict[str, int] = field(default_factory=dict)
    """Redis and the workers."""


class Town:
    """Everything of it. `talk` has people say something, `settle` waits until that is through, `account` looks."""

    def __init__(
        self, folder: Path, supervisor: Supervisor, places: Sequence[Chatting], personas: Sequence[str], slots: int
    ) -> None:
        self.folder, self.platforms, self.personas = folder, places, tuple(personas)
        self.redis_url = local_url(free_port())
        self.store, self._slots = Store.open(self.redis_url), slots
        self.asked: dict[str, list[Question]] = {one.name: [] for one in places}
        self._supervisor = supervisor
        self._marks = itertools.count()

    # Its processes

    def open(self, fleet: str, models: Sequence[str], more: str, *, engine: str) -> None:
        """Start everything, and wait until the bots are connected."""
        tables = [f'[redis]\nurl = "{self.redis_url}"\n', *(one.settings() for one in self.platforms), more, fleet]
        (self.folder / "rookery.toml").write_text("\n".join(tables), encoding="utf-8")
        port = int(self.redis_url.rpartition(":")[2].partition("/")[0])
        self._start(redis_child(self.folder / "redis", port), *(one.child() for one in self.platforms))
        self._start(*(self._workers(models) if engine == FAKE else [self._agent()]), *map(self._bot, self.platforms))
        until(self._is_connected, READY_S, "the bots to be connected")

    def _start(self, *specs: ChildSpec) -> None:
        for spec in specs:
            self._supervisor.add(spec)
        self._supervisor.wait_ready(READY_S)

    def _agent(self) -> ChildSpec:
        """Return the agent of the host, which looks after its engine and its workers."""
        argv = (sys.executable, "-P", "-m", "rookery", "run", "host", HOST)
        return self._program("host", argv, ready=self._serves)

    def _serves(self) -> bool:
        hosts = self.store.run(fleet_moves.status()).hosts
        return any(model["state"] == "ready" for host in hosts for model in host.about.get("models", []))

    def _workers(self, models: Sequence[str]) -> list[ChildSpec]:
        """Return a worker for each model, on a host that nobody has to look after."""
        fence, _ = self.store.run(fleet_moves.host_join(HOST, HOST, PRESENCE_MS))
        self.store.run(fleet_moves.host_beat(HOST, fence, PRESENCE_MS, "{}", [slug(model) for model in models]))
        return [self._worker(model, fence) for model in models]

    def _worker(self, model: str, fence: int) -> ChildSpec:
        ready = self.folder / f"{model}.ready"
        post = Post(
            host=HOST,
            fence=fence,
            model=model,
            engine=FAKE,
            engine_name=model,
            slots=self._slots,
            context_tokens=CONTEXT_TOKENS,
            ready_file=str(ready),
        )
        argv = (sys.executable, "-P", "-m", "workers.launch")
        return self._program(f"worker-{model}", argv, {POST_ENV: post.model_dump_json()}, ready=ready.exists)

    def _bot(self, one: Chatting) -> ChildSpec:
        argv = (sys.executable, "-P", "-m", "rookery", "run", "bot", one.name)
        return self._program(f"bot-{one.name}", argv, one.secrets)

    def _program(
        self,
        name: str,
        argv: tuple[str, ...],
        environ: Mapping[str, str] | None = None,
        ready: Callable[[], bool] | None = None,
    ) -> ChildSpec:
        ours = {"ROOKERY_CONFIG": str(self.folder / "rookery.toml"), "REDIS_URL": self.redis_url}
        return ChildSpec(
            name=name,
            argv=argv,
            env={**ours, **(environ or {})},
            cwd=self.folder,
            watches_leash=True,
            ready=ready,
            ready_timeout_s=READY_S,
            kill_timeout_s=STOP_S,
        )

    def _is_connected(self) -> bool:
        self._supervisor.tick()
        reads = any(one.name == platforms.Feed.name for one in self.platforms)
        if reads and not self.store.run(bookmarks.get_many(platforms.Feed.name)):
            return False
        return all(one.is_connected() and self._is_up(one) for one in self.platforms)

    def _is_up(self, one: Chatting) -> bool:
        """Return whether a bot says that it hears; Discord's first reads what it has missed."""
        return one.says_when_up in (self.folder / "logs" / f"bot-{one.name}.log").read_text(errors="replace")

    def pids(self) -> Pids:
        """Return the processes as they run now."""
        now = {name: state.pid or 0 for name, state in self._supervisor.states().items()}
        bots = {one.name: now[f"bot-{one.name}"] for one in self.platforms}
        shim = psutil.Process(now[REDIS])
        server = next((child.pid for child in shim.children(recursive=True)), shim.pid)
        workers = {name: pid for name, pid in now.items() if name.startswith("worker-")}
        return Pids(bots, {REDIS: server, **workers})

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Have no worker do anything while the block runs, so that questions pile up."""
        workers = [psutil.Process(pid) for name, pid in self.pids().pipeline.items() if name != REDIS]
        for worker in workers:
            worker.suspend()
        try:
            yield
        finally:
            for worker in workers:
                worker.resume()

    # Who talks

    def residents(self, one: Chatting, count: int) -> list[Resident]:
        """Return new people of a platform, each of whom talks with one of the personas in a place of their own."""
        personas = itertools.cycle(self.personas)
        return [
            Resident(one, person, one.place(f"room-{number}", person), next(personas))
            for number, person in enumerate(one.people(count))
        ]

    def ask(self, who: Resident, more: str = "") -> Question:
        """Have somebody say something to their persona, by its name."""
        mark = f"q{next(self._marks):06d}"
        words = " ".join(filter(None, (who.persona, more, mark)))
        asked_s = time.time()
        message = who.platform.say(who.person, who.place, words)
        question = Question(mark, who.conversation, who.persona, asked_s, message)
        self.asked[who.platform.name].append(question)
        return question

    def talk(self, crowds: Sequence[Sequence[Resident]], count: int, per_s: float, more: str = "") -> None:
        """Have each crowd ask `count` questions at so many a second, all crowds at the same time."""
        self.talk_each([(crowd, count, per_s) for crowd in crowds], more)

    def talk_each(self, crowds: Sequence[tuple[Sequence[Resident], int, float]], more: str = "") -> None:
        """Have each crowd ask so many questions at a pace of its own."""
        with ThreadPoolExecutor(len(crowds)) as pool:
            list(pool.map(lambda one: self._crowd(one[0], one[1], one[2], more), crowds))

    def _crowd(self, crowd: Sequence[Resident], count: int, per_s: float, more: str) -> None:
        began_s = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, began_s + number / per_s - time.monotonic()))
            self.ask(crowd[number % len(crowd)], more)

    # What came of it

    def settle(self, taken: int, within_s: float = SETTLED_S) -> None:
        """Wait until so many questions were taken in all, and nothing is left to deliver. Raises ProcessFailed."""
        until(lambda: self.taken() >= taken and not self.open_jobs(), within_s, "all answers")

    def taken(self) -> int:
        """Return how many questions became jobs."""
        return sum(state.spoken for state in self.store.run(roster.state()).values())

    def open_jobs(self) -> int:
        """Return how many jobs are not delivered yet."""
        return sum(len(self.store.run(placing.live_of(one.name))) for one in self.platforms)

    def settle_all(self, within_s: float = SETTLED_S) -> None:
        """Wait until all that was asked so far was taken and delivered. Raises ProcessFailed."""
        self.settle(sum(map(len, self.asked.values())), within_s)

    def calm_down(self, within_s: float = SETTLED_S) -> None:
        """Wait until nothing is left to deliver and nothing new is taken, also where some were declined."""
        seen, since_s = -1, 0.0

        def calm() -> bool:
            nonlocal seen, since_s
            taken = self.taken()
            if taken != seen or self.open_jobs():
                seen, since_s = taken, time.monotonic()
            return time.monotonic() - since_s > CALM_S

        until(calm, within_s, "the last answer")

    def accounts(self) -> dict[str, Account]:
        """Return what came of all questions so far, by platform."""
        return {one.name: account(self.asked[one.name], one.posts()) for one in self.platforms}


@contextmanager
def town(
    places: Sequence[Chatting],
    *,
    personas: int = 50,
    models: Sequence[str] = MODELS,
    engine: str = FAKE,
    slots: int = SLOTS,
    more: str = LIMITS,
) -> Iterator[Town]:
    """Have a town until the block ends; `more` is put into its settings.

    An `engine` other than the fake one has the agent of a host to look after it, as in any flock.
    """
    names = [f"Rook{number:02d}" for number in range(personas)]
    with (
        tempfile.TemporaryDirectory(prefix="rookery-town-") as name,
        Supervisor(log_dir=Path(name) / "logs") as running,
    ):
        made = Town(Path(name), running, places, names, slots)
        try:
            made.open(fleet(names, models, engine), models, more, engine=engine)
            yield made
        finally:
            made.store.close()
            running.hurry()


def fleet(personas: Sequence[str], models: Sequence[str], engine: str) -> str:
    """Return the tables of personas that share these models."""
    window = f"context_tokens = {CONTEXT_TOKENS}\nslots = {SLOTS}"
    names = 'aliases = {{ openai = "{0}", lmstudio = "{0}" }}'
    entries = [f'[[model]]\nname = "{name}"\n{names.format(name)}\n{window}' for name in models]
    entries.append(f'[[host]]\nname = "{HOST}"\nengine = "{"fake" if engine == FAKE else engine}"')
    shared = itertools.cycle(models)
    entries += [
        f'[[persona]]\nname = "{name}"\nmodel = "{next(shared)}"\nprompt = "You are {name}."\nmax_tokens = {SHORT}'
        for name in personas
    ]
    return "\n\n".join(entries)


def until(true: Callable[[], object], within_s: float, what: str) -> None:
    """Wait until something is so. Raises ProcessFailed."""
    give_up_s = time.monotonic() + within_s
    while not true():
        if time.monotonic() > give_up_s:
            raise ProcessFailed(f"waited {within_s:g} s in vain for {what}")
        time.sleep(POLL_S)
