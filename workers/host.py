"""The agent of one host: takes up its name, runs an engine and a worker per model, and says that it lives.

Whatever a dead worker held goes back to the queue at once. When the agent itself dies its children see the end of
their leash and end too; the next agent of the name gives back what they held.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tasks.contracts.errors import AlreadyRunning, RookeryError, StoreFull, StoreUnavailable
from tasks.contracts.fleet import Host
from tasks.contracts.queues import slug
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_moves
from tasks.jobs.store import Store
from tasks.jobs.sweeper import Sweeper
from workers.children import ENGINE, WARM, WORKER, Station, host_folder, station
from workers.health import bulletin, endings
from workers.supervision.forking import Forkserver
from workers.supervision.instance import hold
from workers.supervision.supervise import TICK_S, Phase, Supervisor

BEAT_EVERY_S = 2.0
PRESENCE_MS = 6_000  # three beats may be lost
JOIN_AGAIN_S = 0.5
PLACE_FILE, PLACE_BYTES = "place", 8
logger = logging.getLogger(__name__)


class Agent:
    """One host's agent."""

    def __init__(self, settings: Settings, host: Host, store: Store, tell: Callable[[str], None] = logger.info) -> None:
        self._settings, self._host, self._store, self._tell = settings, host, store, tell
        self._stations: dict[str, Station] = {}
        self._owed: set[str] = set()  # slugs whose worker died while Redis was away
        self._fence = 0
        self._forkserver = Forkserver(WARM)
        self._supervisor = Supervisor(
            forkserver=self._forkserver,
            log_dir=settings.logs_dir / slug(host.name),  # two hosts of one machine may hold the same model
            on_ready=self._on_ready,
            on_exit=self._on_exit,
        )

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set.

        Raises:
            AlreadyRunning: another agent of this name is alive, here or on another machine.
            ConfigurationError: a model's weights are not there.
        """
        with hold(host_folder(self._settings, self._host)):
            self._forkserver.adopt(os.environ)
            self._forkserver.warm_up()  # while the host takes up its name and engines load
            sweeper = Sweeper(self._store)
            sweeper.start()
            try:
                self._join(stop)
                self._serve(stop)
            finally:
                self._supervisor.stop()
                self._leave()
                sweeper.stop()

    def _join(self, stop: threading.Event) -> None:
        """Take up the host's name, waiting for Redis if need be, and give back what a former agent's workers held."""
        while not stop.is_set():
            try:
                self._take_name()
            except (StoreUnavailable, StoreFull) as exc:
                self._tell(f"waiting for Redis: {exc}")
                time.sleep(JOIN_AGAIN_S)
            else:
                self._furnish()
                return

    def _take_name(self) -> None:
        folder = host_folder(self._settings, self._host)
        fence, other = self._store.run(fleet_moves.host_join(self._host.name, place_of(folder), PRESENCE_MS))
        if not fence:
            raise AlreadyRunning(
                f"host {self._host.name!r} is already served from {other}",
                next_step="give this host another name in rookery.toml, or stop the other one",
            )
        self._fence = fence
        self._store.run(fleet_moves.recover(self._host.name))

    def _furnish(self) -> None:
        for model in self._settings.fleet.models_of(self._host.name):
            made = station(self._settings, self._host, model, self._fence)
            self._stations[made.slug] = made
            for child in made.children:
                self._supervisor.add(child)

    def _serve(self, stop: threading.Event) -> None:
        self._supervisor.start()
        ticks_per_beat = round(BEAT_EVERY_S / TICK_S)
        ticks = 0
        # Not `stop.wait`: a signal handler that calls `stop.set` in this thread could then wait for its own lock.
        while not stop.is_set():
            self._supervisor.tick()
            if ticks % ticks_per_beat == 0:
                self._beat(stop)
            ticks += 1
            time.sleep(TICK_S)

    def _beat(self, stop: threading.Event) -> None:
        try:
            for owed in sorted(self._owed):
                self._give_back(owed)
            known = self._say_alive()
        except RookeryError as exc:
            logger.warning("no beat", extra={"error": str(exc)})
            return
        if not known:
            self._tell("the ledger does not know this agent any more; taking up the name anew")
            self._rejoin(stop)

    def _say_alive(self) -> bool:
        beat = fleet_moves.host_beat(self._host.name, self._fence, PRESENCE_MS, self._about(), self._ready_slugs())
        return self._store.run(beat)

    def _rejoin(self, stop: threading.Event) -> None:
        gone, self._stations = self._stations, {}
        for made in gone.values():
            for child in reversed(made.children):
                self._supervisor.remove(child.name)
        self._join(stop)

    def _ready_slugs(self) -> list[str]:
        states = self._supervisor.states()
        ready = {name for name, state in states.items() if state.phase is Phase.READY}
        return [
            made.slug for made in self._stations.values() if ready.issuperset(child.name for child in made.children)
        ]

    def _about(self) -> str:
        phases = {name: state.phase for name, state in self._supervisor.states().items()}
        folder = host_folder(self._settings, self._host)
        return json.dumps(
            {
                "machine": platform.node(),
                "engine": self._host.engine.split("://")[0],
                "memory_gib": self._host.memory_gib,
                "labels": self._host.labels,
                "cloud": self._host.cloud,
                "models": [
                    {
                        "name": made.model.name,
                        "slug": made.slug,
                        "demo": bool(made.model.builtin),
                        "slots": made.slots,
                        "state": phases.get(made.worker.name, Phase.STOPPING).value,
                        "health": bulletin.read(bulletin.path_beside(folder / f"{made.slug}.ready")),
                    }
                    for made in self._stations.values()
                ],
            }
        )

    def _on_ready(self, name: str, seconds: float) -> None:
        self._tell(f"{name} ready in {seconds:.1f} s")
        with suppress(RookeryError):
            self._say_alive()

    def _on_exit(self, name: str, code: int) -> None:
        self._tell(f"{name} ended with code {code}")
        if name.startswith(WORKER):
            model_slug = name.removeprefix(WORKER)
            if code == endings.ENGINE_STUCK and ENGINE + model_slug in self._supervisor.states():
                self._supervisor.restart(ENGINE + model_slug)
            self._owed.add(model_slug)
            with suppress(RookeryError):
                self._give_back(model_slug, blame=code not in endings.ON_PURPOSE)

    def _give_back(self, model_slug: str, *, blame: bool = True) -> None:
        self._store.run(fleet_moves.recover(self._host.name, model_slug=model_slug, blame=blame))
        self._owed.discard(model_slug)

    def _leave(self) -> None:
        """Give the name up, unless another agent has it: then what it holds is none of our business."""
        with suppress(RookeryError):
            if self._store.run(fleet_moves.host_leave(self._host.name, self._fence, list(self._stations))):
                self._store.run(fleet_moves.recover(self._host.name))


def place_of(folder: Path) -> str:
    """Return a name for this machine and a folder on it that no other has, and that stays from start to start.

    Two agents of one folder are told apart by its lock, so an agent that was killed may come back at once. The name is
    drawn once and kept in the folder: a machine without a network card has no number of its own.
    """
    drawn = folder / PLACE_FILE
    if not drawn.exists():
        drawn.write_text(secrets.token_hex(PLACE_BYTES), "ascii")
    return f"{platform.node()} ({drawn.read_text('ascii')}, {folder})"
