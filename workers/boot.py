"""The one place that builds what tasks ask for: settings and a post in, services out."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import secrets
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tasks.contracts import roles, wanted
from tasks.contracts.errors import ConfigurationError, MemoryUnavailable
from tasks.contracts.fleetwatch import FleetWatch
from tasks.contracts.health import Health
from tasks.contracts.messages import JobRequest
from tasks.contracts.notices import Notice
from tasks.contracts.sections import Jobs
from tasks.contracts.settings import Settings
from tasks.generation.adapting import ServedAdapters
from tasks.generation.dumps import PromptFiles
from tasks.generation.leases import LeaseRenewer
from tasks.jobs import moves, notices
from tasks.jobs.store import Store
from tasks.jobs.values import HostCard, Ways
from tasks.services import Desk, Engine, Lender, Services
from workers.adapters.current import CurrentEngine, lender_of
from workers.adapters.wanted import learners
from workers.engines.opening import LLAMACPP, open_engine
from workers.health import bulletin
from workers.health.breaker import Limits
from workers.health.herald import Place, WorkerHerald
from workers.health.trust import EngineTrust, Watched
from workers.post import Post

if TYPE_CHECKING:
    from tasks.memory.embedders.embedding import Embedder

MS = 1000
NOTICE_ID_CHARS = 32
T = TypeVar("T")


def open_store(settings: Settings) -> Store:
    """Return the ledger that the settings name; nothing is sent yet."""
    return Store.open(settings.redis_url, settings.namespace)


def upkeep_services(settings: Settings, now: Callable[[], Settings] | None = None) -> Services:
    """Return what a worker of beat's small tasks can do; `now` is what the file of its settings says now.

    From now on it also looks after the flock as a whole, and tells what it is told to.
    """
    # SQLAlchemy and requests are for this worker alone: those of models would each carry them for nothing.
    from tasks.notification.channels import channels_of  # noqa: PLC0415
    from tasks.notification.sending import Courier, Teller  # noqa: PLC0415
    from tasks.transcript.keeping import Discarder, Keeper  # noqa: PLC0415
    from workers.warden import Warden  # noqa: PLC0415

    current = one_at_a_time(now or (lambda: settings))
    store = open_store(settings)
    kept = settings.fleet.transcript.enabled
    channels = one_at_a_time(
        kept_while_equal(lambda: current().fleet.notify, lambda: channels_of(current(), store, os.environ))
    )
    teller = Teller(store, channels, lambda: current().fleet.notify.level)
    Warden(store, current, teller).start()
    return Services(
        store=store,
        keeper=Keeper(store, settings.transcript_url) if kept else Discarder(store),
        courier=Courier(teller),
    )


def one_at_a_time(get: Callable[[], T]) -> Callable[[], T]:
    """Return the same for several threads: whoever comes second waits for the first."""
    lock = threading.Lock()

    def locked() -> T:
        with lock:
            return get()

    return locked


def memory_services(settings: Settings, embedder: Embedder | None = None) -> Services:
    """Return what the worker that remembers can do. The model is loaded here, once; `embedder` may stand in for it.

    Raises:
        ConfigurationError: there is no transcript to remember, or a package or the model is not here.
        MemoryLocked: another process owns the folder of memories.
    """
    if missing := wanted.missing_for_memory() if embedder is None else ():
        raise wanted.no_memory(missing)
    if not (settings.fleet.memory.enabled and settings.fleet.transcript.enabled):
        raise ConfigurationError(
            "nothing is to be remembered: `enabled` is false in [memory] or in [transcript]",
            next_step=f"set both in {settings.source}",
        )
    # What reads vectors is for this worker alone.
    from tasks.memory.opening import memories_of  # noqa: PLC0415
    from tasks.memory.recollection import Remembering  # noqa: PLC0415
    from tasks.transcript.forgetting import Eraser  # noqa: PLC0415

    made = embedder or _embedder(settings)
    store, ending = open_store(settings), threading.Event()
    opened = memories_of(settings, made.model, made.dimension)
    with contextlib.suppress(MemoryUnavailable):  # a server that is away may come; a folder that is taken is told of
        opened.get()
    exchanges = Eraser(settings.transcript_url)
    folder = None if settings.fleet.memory.url else settings.memory_dir
    remembering = Remembering(
        store,
        opened,
        made,
        exchanges,
        settings.fleet.memory,
        ending,
        lambda: settings.fleet,
        folder,
        settings.debug_dir,
    )
    return Services(store=store, recollection=remembering, ending=ending)


def _embedder(settings: Settings) -> Embedder:
    from tasks.memory.embedders.embedding import embedder_of  # noqa: PLC0415

    memory = settings.fleet.memory
    made = embedder_of(memory.model, settings.models_dir, memory.embedder)
    made.embed(["The first text takes a second, which no question is to wait for."])
    return made


def refuse_training(settings: Settings) -> None:
    """Return where personas can learn. Raises ConfigurationError: nobody is to, not here, or a package is missing."""
    if not wanted.trains_here(settings):
        raise wanted.not_trained_here(settings)
    if missing := wanted.missing_for_training():
        raise wanted.no_training(missing)
    if not (settings.fleet.training.enabled and settings.fleet.transcript.enabled):
        raise ConfigurationError(
            "nobody is to learn: `enabled` is false in [training] or in [transcript]",
            next_step=f"set both in {settings.source}",
        )


def training_services(settings: Settings, now: Callable[[], Settings], ending: threading.Event) -> Services:
    """Return what a process that trains can do; what is heavy is loaded once there is a run to walk.

    Raises ConfigurationError: what the settings say of adapters cannot be.
    """
    # What trains is for this process alone.
    from tasks.training.registry import lineage  # noqa: PLC0415
    from tasks.training.registry.registry import AdapterRegistry  # noqa: PLC0415
    from tasks.training.runs.learning import Learning  # noqa: PLC0415
    from tasks.training.runs.spec import Workshop  # noqa: PLC0415
    from tasks.training.steps import all_judges, all_steps  # noqa: PLC0415
    from workers.children import weights  # noqa: PLC0415
    from workers.teaching import room_of  # noqa: PLC0415

    store, now, weights_of = open_store(settings), one_at_a_time(now), partial(weights, settings)
    workshop = Workshop(
        settings=now,
        store=store,
        transcript_url=settings.transcript_url,
        registry=AdapterRegistry.of(settings),
        notify=partial(_tell, store),
        say=lambda _doing, _share: None,  # each run has a file of its own for that
        ending=ending,
        weights=weights_of,
    )
    room = room_of(settings, store, ending, now, weights_of)
    without = partial(lineage.without, workshop.registry)
    learner = Learning(workshop, all_steps, all_judges, room=room, without=without)
    return Services(store=store, learner=learner, ending=ending)


def _tell(store: Store, notice: Notice) -> None:
    """Hand in a notice, once however often it is said in these words."""
    said = hashlib.sha256(notice.model_dump_json().encode()).hexdigest()
    notices.notify(store, notice, notice_id=said[:NOTICE_ID_CHARS])


def kept_while_equal(says: Callable[[], object], make: Callable[[], T]) -> Callable[[], T]:
    """Return what hands out the thing that was made last, and a new one once what is said has changed."""
    last: tuple[object, T] | None = None

    def get() -> T:
        nonlocal last
        said = says()
        if last is None or last[0] != said:
            last = (said, make())
        return last[1]

    return get


def model_services(settings: Settings, post: Post) -> Services:
    """Return what the worker of one model on one host can do; its leases are being renewed from now on.

    Raises ConfigurationError when the host's server wants a key that is not there.
    """
    api_key = settings.api_key(settings.fleet.host(post.host), os.environ)
    store = open_store(settings)
    jobs = settings.fleet.jobs
    lease_ms = int(jobs.lease_s * MS)
    leases = LeaseRenewer(store, post.slots, lease_ms)
    leases.start()
    make = partial(
        open_engine,
        model_names={post.model: post.engine_name},
        context_tokens={post.model: post.context_tokens},
        api_key=api_key,
        slots=post.slots,
        load_s=jobs.load_timeout_s,
        # All that a worker asks besides answers is whether the engine is well.
        call_s=min(jobs.request_timeout_s, settings.fleet.health.probe_s),
    )
    engine, lender = _engine(post, make)
    ending = threading.Event()
    desk = Desk(
        card=_card(post),
        model=post.model,
        model_slug=post.model_slug,
        worker=secrets.token_hex(6),
        engine=engine,
        context_tokens=post.context_tokens,
        lease_ms=lease_ms,
        no_progress_s=jobs.no_progress_s,
        prefill_tokens_per_s=jobs.prefill_tokens_per_s,
        trust=_trust(store, settings.fleet.health, post, engine, ending),
        prompts=PromptFiles(settings.debug_dir) if settings.debug_prompts else None,
        ask_later=None if _is_builtin(settings, post.model) else partial(_ask_later, store, jobs),
        served=ServedAdapters(store, _learners(settings)),
        lender=lender,
    )
    return Services(store=store, answering_desk=desk, lease_book=leases, ending=ending)


def _engine(post: Post, make: Callable[[str], Engine]) -> tuple[Engine, Lender]:
    """Return the engine of a post, and what lends it for one answer."""
    if post.told_file:
        current = CurrentEngine(Path(post.told_file), post.engine, make)
        return current, partial(current.lend, post.model)
    engine = make(post.engine)
    return engine, lender_of(engine, post.model, Path(post.ready_file).parent)


def _learners(settings: Settings) -> Callable[[], frozenset[str]]:
    """Return who says which personas are served with what they learned, as the fleet file is now."""
    fleet = one_at_a_time(FleetWatch(settings, os.environ, roles.HOST).current)
    return one_at_a_time(kept_while_equal(lambda: fleet().fleet.personas, lambda: learners(fleet().fleet)))


def _is_builtin(settings: Settings, name: str) -> bool:
    return any(model.builtin for model in settings.fleet.models if model.name == name)


def _ask_later(store: Store, jobs: Jobs, request: JobRequest) -> None:
    """Submit a job that has hours."""
    life = {"deadline_s": jobs.batch_deadline_s, "unhosted_life_s": jobs.batch_deadline_s}
    store.run(moves.submit(request.model_copy(update=life), Ways.of(jobs)))


def _trust(store: Store, health: Health, post: Post, engine: Engine, ending: threading.Event) -> EngineTrust:
    """Return the trust in an engine of which nothing is known yet; what was held against it is forgotten."""
    path = bulletin.path_beside(Path(post.ready_file))
    herald = WorkerHerald(store, Place(_card(post), post.model, post.model_slug, path), ending)
    herald.mended()
    watched = Watched(
        engine,
        post.model,
        Limits(health.failures, health.cool_down_s, health.longest_cool_down_s),
        wedged_share=health.wedged_share,
        probe_s=health.probe_s,
        ours=post.engine.startswith(LLAMACPP),
    )
    return EngineTrust(watched, herald, ending, chance=random.SystemRandom().random)


def _card(post: Post) -> HostCard:
    return HostCard(name=post.host, fence=post.fence, slots=post.slots, labels=post.labels, cloud=post.cloud)
