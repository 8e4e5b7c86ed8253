"""What a host runs for each model that it holds: an engine of its own where it needs one, and a Celery worker."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import FAKE, LLAMACPP, Host, Model
from tasks.contracts.queues import node_name, slug
from tasks.contracts.settings import Settings
from workers.adapters import address
from workers.engines.llamacpp import server_argv
from workers.health import bulletin
from workers.post import POST_ENV, Post
from workers.supervision.child import ChildSpec
from workers.supervision.ports import free_port, http_status

WORKER_STOP_S = 25.0  # a warm shutdown lets answers in progress end
ENGINE_STOP_S = 3.0
GIVEN_UP_S = 10.0  # a load that is late is given up before its engine counts as not to be started
# People wait for a model that died: it comes back sooner than a page would have to.
BACKOFF_CAP_S = 2.0
HEALTHY_S = 3.0
#: What every worker imports before it hears its first bell: a forkserver does so once for all of them.
WARM = (
    "workers.boot",
    "workers.post",
    "workers.task_events",
    "tasks.contracts.logs",
    "tasks.generation.tasks",
    "tasks.notification.tasks",
    "tasks.upkeep.tasks",
    "celery.apps.worker",
    "celery.app.control",
    "celery.app.log",
    "celery.backends.base",
    "celery.concurrency.thread",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.control",
    "celery.worker.strategy",
    "kombu.transport.redis",
)
ENGINE = "engine-"
WORKER = "worker-"


@dataclass(frozen=True)
class Station:
    """One model on one host: its processes, engine first."""

    model: Model
    slug: str
    slots: int
    engine: ChildSpec | None
    worker: ChildSpec
    spec: str
    """What its engine is to `open_engine`."""
    adapters: tuple[str, ...] = ()
    """Those that its engine is started with."""
    told_file: Path | None = None
    """Where its worker is told of another engine; None: none ever takes the place of this one."""

    @property
    def children(self) -> tuple[ChildSpec, ...]:
        """Return the processes in starting order."""
        return (self.engine, self.worker) if self.engine else (self.worker,)


def station(
    settings: Settings, host: Host, model: Model, fence: int, adapters: Mapping[str, Path] | None = None
) -> Station:
    """Return how `host` serves `model`, its own engine with `adapters` at hand: GGUF files by their names.

    Raises ConfigurationError where its weights are not there.
    """
    slots = host.slots or model.slots
    name, folder = slug(model.name), host_folder(settings, host)
    ready_file = folder / f"{name}.ready"
    engine, spec, told_file = None, host.engine, None
    if host.engine == LLAMACPP:
        engine, spec = engine_of(settings, model, slots, adapters or {})
        told_file = address.told_in(folder, name)
    elif host.engine == FAKE and os.environ.get("ROOKERY_TEST_SCRIPTED"):
        spec = "fake+scripted"
    post = Post(
        host=host.name,
        fence=fence,
        model=model.name,
        engine=spec,
        engine_name=model.name_on(host),
        slots=slots,
        context_tokens=model.context_tokens,
        labels=host.labels,
        cloud=host.cloud,
        ready_file=str(ready_file),
        told_file=str(told_file or ""),
    )
    worker = _worker(settings, post, ready_file, engine)
    return Station(model, name, slots, engine, worker, spec, tuple(adapters or ()) if engine else (), told_file)


def host_folder(settings: Settings, host: Host) -> Path:
    """Return where the agent of `host` keeps what it needs while it runs."""
    return settings.data_dir / "hosts" / slug(host.name)


def weights(settings: Settings, model: Model) -> Path:
    """Return the model's file, made from the packaged demo model where it is that. Raises ConfigurationError."""
    if model.builtin:
        from workers.demo.model import demo_gguf  # noqa: PLC0415  # numpy and gguf, for this model alone

        return demo_gguf(settings.models_dir)
    path = settings.tiers.find(model.gguf)
    if not path.is_file():
        raise ConfigurationError(
            f"model {model.name!r}: there is no file {path}", next_step="give `gguf` the path of a GGUF file"
        )
    return path


def engine_of(
    settings: Settings, model: Model, slots: int, adapters: Mapping[str, Path], beside: str = ""
) -> tuple[ChildSpec, str]:
    """Return the process that serves `model`, and what it is to `open_engine`; `beside` tells it from another one."""
    path, port = weights(settings, model), free_port()
    argv = server_argv(
        model.name,
        path,
        port=port,
        context_tokens=model.context_tokens,
        slots=slots,
        adapters=tuple(adapters.values()),
    )
    spec = ChildSpec(
        name=f"{ENGINE}{slug(model.name)}{beside}",
        argv=tuple(argv),
        watches_leash=True,
        ready=_answers(f"http://127.0.0.1:{port}/health"),
        ready_timeout_s=settings.fleet.jobs.load_timeout_s + GIVEN_UP_S,
        kill_timeout_s=ENGINE_STOP_S,
        backoff_cap_s=BACKOFF_CAP_S,
        healthy_s=HEALTHY_S,
    )
    return spec, f"llamacpp+http://127.0.0.1:{port}"


def _worker(settings: Settings, post: Post, ready_file: Path, engine: ChildSpec | None) -> ChildSpec:
    def forget_readiness() -> None:
        ready_file.parent.mkdir(parents=True, exist_ok=True)
        for stale in (ready_file, bulletin.path_beside(ready_file)):
            stale.unlink(missing_ok=True)

    return ChildSpec(
        name=f"{WORKER}{post.model_slug}",
        # The last word is for people who look at the list of processes.
        argv=(sys.executable, "-P", "-m", "workers.launch", node_name(post.model, post.host)),
        watches_leash=True,
        forkable=True,
        env={POST_ENV: post.model_dump_json(), **settings.child_environment()},
        needs=(engine.name,) if engine else (),
        prepare=forget_readiness,
        ready=ready_file.exists,
        kill_timeout_s=WORKER_STOP_S,
        backoff_cap_s=BACKOFF_CAP_S,
        healthy_s=HEALTHY_S,
    )


def _answers(url: str) -> Callable[[], bool]:
    return lambda: http_status(url) == HTTPStatus.OK
