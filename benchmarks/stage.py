"""The processes that a measurement needs, in a folder of their own: Redis, llama.cpp, a worker, any program.

Each is what the product starts, on a leash: none outlives the measurement, however that ends.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import psutil
import redis

from tasks.contracts.queues import slug
from tasks.jobs import fleet_moves
from tasks.jobs.gateway import Gateway
from tasks.jobs.store import Store
from workers.demo.model import demo_gguf
from workers.engines.llamacpp import server_argv
from workers.post import POST_ENV, Post
from workers.supervision.child import ChildSpec
from workers.supervision.ports import free_port, http_status
from workers.supervision.redis_server import local_url, redis_child
from workers.supervision.supervise import Supervisor

ROOT = Path(__file__).parents[1]
READY_S = 60.0
STOP_S = 5.0
PRESENCE_MS = 3_600_000  # no agent says that the host lives, and no measurement lasts that long
HOST, MODEL = "home", "demo"  # what settings hold where there is no file
CONTEXT_TOKENS = 4096
DEMO_CACHE = Path(tempfile.gettempdir()) / f"rookery-benchmarks-{os.getuid()}"


class Stage:
    """Where a measurement takes place; `exits` are left when it is over, before the processes end."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.exits = folder, ExitStack()
        self._supervisor = Supervisor(log_dir=folder / "logs")
        self._supervisor.start()
        self._count = 0

    def redis(self, *, fsync: bool) -> str:
        """Start a Redis of the product's own kind and return its URL; without `fsync` it keeps no log at all."""
        folder, port = self.folder / f"redis-{self._next()}", free_port()
        self._run(dataclasses.replace(redis_child(folder, port), name=folder.name))
        if not fsync:
            with redis.Redis.from_url(local_url(port)) as client:
                client.config_set("appendonly", "no")
        return local_url(port)

    def llamacpp(self, *, slots: int = 2) -> str:
        """Start llama.cpp with the demo model and return its address."""
        port = free_port()
        argv = server_argv(MODEL, demo_gguf(DEMO_CACHE), port=port, context_tokens=CONTEXT_TOKENS, slots=slots)
        url = f"http://127.0.0.1:{port}"
        self.program("llamacpp", argv, watches_leash=True, ready=lambda: http_status(f"{url}/health") == HTTPStatus.OK)
        return url

    def gateway(self, url: str) -> Gateway:
        """Return the gateway to the ledger at `url`."""
        return Gateway(self.store(url))

    def store(self, url: str) -> Store:
        """Return the ledger at `url`."""
        store = Store.open(url)
        self.exits.callback(store.close)
        return store

    def worker(self, url: str, engine: str, *, slots: int = 4, model: str = MODEL) -> int:
        """Start the worker of one model as it is, its log included, and return its pid once it hears bells."""
        ready_file = self.folder / f"worker-{self._next()}.ready"
        post = Post(
            host=HOST,
            fence=join(self.store(url), [model]),
            model=model,
            engine=engine,
            engine_name=model,
            slots=slots,
            context_tokens=CONTEXT_TOKENS,
            ready_file=str(ready_file),
        )
        return self.program(
            ready_file.stem,
            [sys.executable, "-P", "-m", "workers.launch"],
            env={POST_ENV: post.model_dump_json(), "REDIS_URL": url, "ROOKERY_CONFIG": ""},
            cwd=self.folder,
            watches_leash=True,
            ready=ready_file.exists,
        )

    def program(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        watches_leash: bool = False,
        ready: Callable[[], bool] | None = None,
        ready_timeout_s: float = READY_S,
    ) -> int:
        """Start any program and return its pid once it is ready."""
        spec = ChildSpec(
            name=f"{name}-{self._next()}",
            argv=tuple(argv),
            env=env or {},
            watches_leash=watches_leash,
            ready=ready,
            ready_timeout_s=ready_timeout_s,
            kill_timeout_s=STOP_S,
            cwd=cwd,
        )
        self._run(spec)
        return self._supervisor.states()[spec.name].pid or 0

    def end(self, pid: int, *, killed: bool = False) -> None:
        """End one of the programs, as one asks it to or by SIGKILL."""
        for name, state in self._supervisor.states().items():
            if state.pid == pid:
                if killed:
                    os.kill(pid, signal.SIGKILL)
                self._supervisor.remove(name)

    def close(self) -> None:
        """End all of them."""
        self._supervisor.hurry()
        try:
            self.exits.close()
        finally:
            self._supervisor.stop()

    def _run(self, spec: ChildSpec) -> None:
        self._supervisor.add(spec)
        self._supervisor.wait_ready(spec.ready_timeout_s)

    def _next(self) -> int:
        self._count += 1
        return self._count


@contextmanager
def stage() -> Iterator[Stage]:
    """Have a stage until the block ends."""
    with tempfile.TemporaryDirectory(prefix="rookery-bench-") as folder:
        made = Stage(Path(folder))
        try:
            yield made
        finally:
            made.close()


def join(store: Store, models: Sequence[str]) -> int:
    """Have the ledger know a host that serves these models, for longer than any measurement; return its fence."""
    fence, _ = store.run(fleet_moves.host_join(HOST, HOST, PRESENCE_MS))
    store.run(fleet_moves.host_beat(HOST, fence, PRESENCE_MS, "{}", [slug(model) for model in models]))
    return fence


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process and all below it have used so far."""
    process = psutil.Process(pid)
    used = 0.0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            used += times.user + times.system
    return used


def pss_bytes(process: psutil.Process) -> float:
    """Return the proportional memory of a process; where the system does not know it, all of its own."""
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        full = process.memory_full_info()
        return float(getattr(full, "pss", full.rss))
    return 0.0
