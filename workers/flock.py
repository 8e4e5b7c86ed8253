"""What `rookery up` runs: every process of a deployment, each as the verb it also has on its own."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tasks.contracts import roles, wanted
from tasks.contracts.environment import FLOWER_PASSWORD
from tasks.contracts.errors import RookeryError
from tasks.contracts.fleet import Host
from tasks.contracts.fleetwatch import FleetWatch
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_moves, listeners
from workers import boot
from workers.children import WARM
from workers.fleet import gate
from workers.fleet.following import Follower
from workers.fleet.owner import Owner, looking
from workers.fleet.roster import Roster, child_name, here
from workers.fleet.users import Users, open_to_all
from workers.processes import FLOWER_PASSWORD_FILE, FLOWER_USER
from workers.supervision.child import ChildSpec
from workers.supervision.childlog import log_path
from workers.supervision.ports import LOOPBACK, http_status, refuse_taken_port
from workers.supervision.redis_check import without_password
from workers.supervision.redis_server import plan_redis
from workers.supervision.supervise import Supervisor
from workers.supervision.up import UpPlan

HOST_STOP_S = 35.0  # longer than a worker's own, so that the agent can tidy up
TRAINING_STOP_S = 60.0  # it writes a checkpoint before it ends
MODEL_LOAD_S = 120.0
#: What the processes that may be forked import, beside what workers do.
WARM_TO_RUN = (*WARM, "workers.processes", "workers.cli_run", "typer.main")


def plan_of(settings: Settings) -> UpPlan:
    """Return what to start and what to tell.

    Raises StoreUnavailable or ConfigurationError when the Redis that was named cannot be used. A port that is taken is
    told when its child would start: see `ChildSpec.prepare`.
    """
    if settings.machine:
        return _joined_plan(settings)
    fleet = settings.fleet
    folder, users = settings.data_dir / roles.FOLDER, _users(settings)
    redis = plan_redis(None if settings.own_redis else settings.redis_url, folder, fleet.redis.port, users)
    page = f"http://{_reached_at(fleet.web.bind)}:{fleet.web.port}"
    flower = f"http://{_reached_at(fleet.flower.bind)}:{fleet.flower.port}"
    children = [_host(settings, host) for host in here(settings).values()]
    if users:
        children.append(_gate(settings))
    children.append(_process("upkeep"))
    if wanted.remembers(settings) and not wanted.missing_for_memory():
        children.append(_memory())
    if wanted.learns(settings) and wanted.trains_here(settings) and not wanted.missing_for_training():
        children.append(_training())
    children.append(_process("beat"))
    children.append(_process("bot", "web", ready=_http(f"{page}/healthz"), port=fleet.web.port, setting="web.port"))
    children += map(_bot, _bots(settings))
    children += map(_listener, listeners.names())
    urls = {"chat": page, "terminal": 'rookery chat   ·   rookery ask "hello"', **_heard_on(settings)}
    if fleet.flower.enabled:
        where = FLOWER_PASSWORD if settings.flower_password else settings.data_dir / FLOWER_PASSWORD_FILE
        children.append(_process("flower", ready=_http(flower), port=fleet.flower.port, setting="flower.port"))
        urls["Flower"] = f"{flower}   (user {FLOWER_USER}, password in {where})"
    return UpPlan(
        warm=WARM_TO_RUN,
        data_dir=settings.data_dir,
        log_dir=settings.logs_dir,
        redis=redis.child,
        children=tuple(children),
        urls=urls,
        warnings=(
            *(f"{finding.message} → {finding.next_step}" for finding in redis.findings),
            *(gate.cautions() if users else ()),
            *_missing(settings),
        ),
        alongside=minding(settings),
    )


def let_in_by_password(settings: Settings) -> None:
    """Make the passwords of our own Redis, if it listens to other machines; else there are none."""
    if users := _users(settings):
        gate.refuse_in_the_open(settings.fleet.redis.gate[0])
        users.prepare()
    elif settings.own_redis:
        open_to_all(settings.data_dir / roles.FOLDER)


def minding(settings: Settings) -> Callable[[Supervisor, Callable[[str], None]], AbstractContextManager[None]]:
    """Return what goes on beside the processes: the fleet file is minded, and the hosts of this machine are as it says.

    Where the file is, it is published; a machine that joined follows what is.
    """

    @contextmanager
    def mind(supervisor: Supervisor, tell: Callable[[str], None]) -> Iterator[None]:
        store, watch = boot.open_store(settings), FleetWatch(settings, os.environ)
        roster = Roster(settings, supervisor, _host)
        if not settings.machine:
            with looking(Owner(settings, watch, store, tell=tell, heed=roster.heed).look, tell):
                yield
            return
        follower = Follower(settings, store, tell=tell)

        def follow() -> None:
            try:
                follower.look()
            finally:
                roster.heed(watch.current())

        with looking(follow, tell):
            yield

    return mind


def _joined_plan(settings: Settings) -> UpPlan:
    """Return the plan of a machine that joined: its hosts, and nothing that the flock has elsewhere."""
    return UpPlan(
        warm=WARM_TO_RUN,
        data_dir=settings.data_dir,
        log_dir=settings.logs_dir,
        redis=None,
        children=tuple(_host(settings, host) for host in here(settings).values()),
        urls={"machine": f"{settings.machine}, in the flock at {without_password(settings.redis_url).split('?')[0]}"},
        alongside=minding(settings),
    )


def _users(settings: Settings) -> Users | None:
    """Return who may use our own Redis; None where it listens on loopback alone, and everybody there may."""
    if not (settings.own_redis and settings.fleet.redis.listen):
        return None
    return Users(settings.data_dir / roles.FOLDER, settings.namespace)


def _gate(settings: Settings) -> ChildSpec:
    folder = settings.data_dir / roles.FOLDER
    host, port = settings.fleet.redis.gate

    def refuse() -> None:
        (folder / gate.STATE_FILE).unlink(missing_ok=True)
        refuse_taken_port(port, "the gate of Redis", host=host, setting="redis.listen in rookery.toml")

    made = _process("gate", ready=lambda: gate.read_state(folder) is not None)
    return dataclasses.replace(made, prepare=refuse)


def _process(
    *verb: str, ready: Callable[[], bool] | None = None, port: int | None = None, setting: str = ""
) -> ChildSpec:
    def refuse() -> None:
        if port is not None:
            refuse_taken_port(port, " ".join(verb), setting=f"{setting} in rookery.toml")

    return ChildSpec(
        name="-".join(verb),
        argv=(sys.executable, "-P", "-m", "rookery", "run", *verb),
        watches_leash=True,
        forkable=verb[0] != "bot",  # a bot has no need of what Celery's processes import
        ready=ready,
        prepare=refuse,
        essential=verb[0] != "flower",
    )


def _bots(settings: Settings) -> list[str]:
    """Return the bots that were given a token or an address, and whose library is there."""
    return [bot for bot in wanted.wanted(settings) if wanted.is_installed(bot)]


def _bot(name: str) -> ChildSpec:
    """Return the process of a bot. A platform that is away, or a token that is none, ends nothing else."""
    return dataclasses.replace(_process("bot", name), essential=False)


def _memory() -> ChildSpec:
    """Return the process that remembers. Without it answers go out all the same."""
    return dataclasses.replace(_process("memory"), essential=False)


def _training() -> ChildSpec:
    """Return the process that trains. A run keeps what it has come to before it ends, and goes on with the next one."""
    return dataclasses.replace(_process("training"), essential=False, kill_timeout_s=TRAINING_STOP_S)


def _listener(name: str) -> ChildSpec:
    """Return the process of a listener of another package. Whatever it does, nothing else ends by it."""
    return dataclasses.replace(_process("listener", name), essential=False, forkable=False)


def _heard_on(settings: Settings) -> dict[str, str]:
    """Return what is told of the bots: nothing that their tokens would give away."""
    return {
        name.capitalize(): f"{log_path(settings.logs_dir, f'bot-{name}')} tells how it goes" for name in _bots(settings)
    }


def _missing(settings: Settings) -> list[str]:
    """Return what is told of bots, of memory and of training that somebody wants and that cannot start."""
    without = [bot for bot in wanted.wanted(settings) if not wanted.is_installed(bot)]
    errors = [*map(wanted.not_installed, without)]
    if wanted.remembers(settings) and (missing := wanted.missing_for_memory()):
        errors.append(wanted.no_memory(missing))
    if wanted.learns(settings) and wanted.trains_here(settings) and (missing := wanted.missing_for_training()):
        errors.append(wanted.no_training(missing))
    return [f"{exc.message} → {exc.next_step}" for exc in errors]


def _host(settings: Settings, host: Host) -> ChildSpec:
    store = boot.open_store(settings)

    def serves() -> bool:
        try:
            seen = {seen.name: seen for seen in store.run(fleet_moves.status()).hosts if seen.live}
        except RookeryError:
            return False
        return host.name in seen and bool(seen[host.name].about.get("memory", {}).get("settled"))

    return ChildSpec(
        name=child_name(host.name),
        argv=(sys.executable, "-P", "-m", "rookery", "run", "host", host.name),
        watches_leash=True,
        forkable=True,
        forks=True,
        ready=None if settings.machine else serves,  # one that joined starts while the flock is away, too
        ready_timeout_s=MODEL_LOAD_S,
        kill_timeout_s=HOST_STOP_S,
    )


def _reached_at(bind: str) -> str:
    """Return where this machine reaches what listens at `bind`, as a URL has it."""
    host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(bind, bind)  # noqa: S104 (recognised, not bound)
    return f"[{host}]" if ":" in host else host


def _http(url: str) -> Callable[[], bool]:
    # A page that asks for a password is there, too.
    return lambda: http_status(url) is not None
