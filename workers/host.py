"""The agent of one host: takes up its name, has its models kept, and says that it lives and what it holds.

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
from typing import Any

from tasks.contracts.clock import SystemClock
from tasks.contracts.errors import AlreadyRunning, RookeryError, StoreFull, StoreUnavailable
from tasks.contracts.fleet import Fleet, Host
from tasks.contracts.masking import mask
from tasks.contracts.queues import slug
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_moves
from tasks.jobs.store import Store
from tasks.jobs.sweeper import Sweeper
from workers.children import ENGINE, WARM, WORKER, host_folder
from workers.health import bulletin, endings
from workers.residency import telling
from workers.residency.assembly import Assembly, assemble
from workers.residency.waking import DemandEar
from workers.supervision.forking import Forkserver
from workers.supervision.instance import hold
from workers.supervision.supervise import TICK_S, Supervisor

BEAT_EVERY_S = 2.0
PRESENCE_MS = 6_000  # three beats may be lost
JOIN_AGAIN_S = 0.5
PLACE_FILE, PLACE_BYTES = "place", 8
logger = logging.getLogger(__name__)


class Agent:
    """One host's agent."""

    def __init__(
        self,
        settings: Settings,
        host: Host,
        store: Store,
        tell: Callable[[str], None],
        fleet: Callable[[], Fleet],
    ) -> None:
        """`fleet` is the fleet file as it is now; what it says of residency is taken up while the agent runs."""
        self._settings, self._host, self._store, self._tell = settings, host, store, tell
        self._owed: dict[str, bool] = {}  # slugs whose worker died while Redis was away, and whether jobs are to blame
        self._fence = 0
        self._clock = SystemClock()
        self._woken = threading.Event()
        self._changed = self._dismissed = False
        self._forkserver = Forkserver(WARM)
        self._supervisor = Supervisor(
            forkserver=self._forkserver,
            log_dir=settings.logs_dir / slug(host.name),  # two hosts of one machine may hold the same model
            on_ready=self._on_ready,
            on_exit=self._on_exit,
        )
        self._fleet_now, self._strategy = fleet, settings.fleet.residency.strategy
        self._kept: Assembly | None = None
        self._registered: list[str] | None = None  # the models that the ledger knows this host can hold

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set.

        Raises:
            AlreadyRunning: another agent of this name is alive, here or on another machine.
            ConfigurationError: a model's weights are not there.
        """
        with hold(host_folder(self._settings, self._host)):
            self._forkserver.adopt(os.environ)
            self._forkserver.warm_up()  # while the host takes up its name and engines load
            sweeper, ear = Sweeper(self._store), DemandEar(self._store, self._hear)
            sweeper.start()
            ear.start()
            try:
                self._join(stop)
                self._serve(stop)
            finally:
                ear.stop()
                self._unfurnish()
                self._dismiss()
                self._supervisor.stop()
                self._leave()
                sweeper.stop()

    def _join(self, stop: threading.Event) -> None:
        """Take up the host's name, waiting for Redis if need be, and give back what a former agent's workers held."""
        while not stop.is_set():
            try:
                self._take_name()
                self._furnish()
            except (StoreUnavailable, StoreFull) as exc:
                self._tell(f"waiting for Redis: {exc}")
                time.sleep(JOIN_AGAIN_S)
            else:
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
        kept = assemble(
            self._settings,
            self._host,
            self._fence,
            self._store,
            self._supervisor,
            self._clock,
            tell=self._say,
            woken=self._woken.set,
            fleet=self._fleet,
        )
        for name in kept.presence.too_large():
            size_gib, total_gib = kept.catalogue.size(name).gib, kept.mover.holding.total_gib
            self._tell(f"{name} takes {size_gib:.1f} GiB and this host has {total_gib:.1f}: it is never loaded here")
        self._kept, self._registered, self._dismissed = kept, None, False

    def _fleet(self) -> Fleet:
        """Return the fleet file as it is now, or as it last could be."""
        fleet = self._fleet_now()
        if fleet.residency.strategy != self._strategy:
            self._strategy = fleet.residency.strategy
            self._say(f"what it holds is decided by {self._strategy!r} now")
        return fleet

    def _unfurnish(self) -> None:
        if self._kept is not None:
            self._kept.close()
        self._kept = None

    def _serve(self, stop: threading.Event) -> None:
        self._supervisor.start()
        beat_at_s = self._clock.monotonic_s()
        # Not `stop.wait`: a signal handler that calls `stop.set` in this thread could then wait for its own lock.
        while not stop.is_set():
            self._supervisor.tick()
            if self._kept is not None:
                self._kept.step()
            if self._changed or self._clock.monotonic_s() >= beat_at_s:
                beat_at_s = self._clock.monotonic_s() + BEAT_EVERY_S
                self._beat(stop)
            if self._woken.wait(min(TICK_S, self._kept.keeper.rests_s) if self._kept else TICK_S):
                self._woken.clear()

    def _hear(self, said: str) -> None:
        """Take in a word of the ledger, in another thread: somebody waits for a model, or a host was told something."""
        kind, _, name = said.partition(" ")
        kept = self._kept
        if kept is not None and (name == self._host.name if kind == "host" else name in kept.catalogue):
            kept.keeper.wake()
            self._woken.set()

    def _beat(self, stop: threading.Event) -> None:
        self._changed = False
        try:
            for owed, blame in sorted(self._owed.items()):
                self._give_back(owed, blame=blame)
            self._register()
            known = self._say_alive()
        except RookeryError as exc:
            logger.warning("no beat", extra={"error": str(exc)})
            return
        if not known:
            self._tell("the ledger does not know this agent any more; taking up the name anew")
            self._rejoin(stop)

    def _register(self) -> None:
        """Tell the ledger what this host can hold, where that has changed."""
        if self._kept is not None and (holdable := self._kept.presence.holdable()) != self._registered:
            self._store.run(fleet_moves.may_hold(self._host.name, self._fence, holdable))
            self._registered = holdable

    def _say_alive(self) -> bool:
        holds = {}
        if self._kept is not None:
            holds = {name: self._kept.catalogue.slots(name) for name in self._kept.mover.serving()}
        return self._store.run(
            fleet_moves.host_beat(self._host.name, self._fence, PRESENCE_MS, json.dumps(self._about()), holds)
        )

    def _rejoin(self, stop: threading.Event) -> None:
        self._unfurnish()
        self._dismiss()
        for name in reversed(list(self._supervisor.states())):
            self._supervisor.remove(name)
        self._join(stop)

    def _dismiss(self) -> None:
        """Tell all workers to end: none is to hear bells while another one finishes what it has in hand."""
        self._dismissed = True
        for name in self._supervisor.states():
            if name.startswith(WORKER):
                self._supervisor.remove(name, wait=False)

    def _about(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "machine": platform.node(),
            "engine": self._host.called,
            "address": mask(self._host.address),
            "memory_gib": self._host.memory_gib,
            "labels": self._host.labels,
            "cloud": self._host.cloud,
            "strategy": self._fleet().residency.strategy,
            "models": [],
        }
        if (kept := self._kept) is not None:
            folder = host_folder(self._settings, self._host)
            said["models"] = telling.models(
                kept.mover, lambda name: bulletin.read(bulletin.path_beside(folder / f"{name}.ready"))
            )
            said["adapters"] = kept.riders.told()
            said["memory"] = telling.memory(kept.keeper, kept.mover, kept.presence, self._clock.monotonic_s())
        return said

    def _say(self, line: str) -> None:
        """Tell what happened to a model, and have the ledger know at once."""
        self._tell(line)
        self._changed = True

    def _on_ready(self, name: str, seconds: float) -> None:
        self._say(f"{name} ready in {seconds:.1f} s")

    def _on_exit(self, name: str, code: int) -> None:
        self._say(f"{name} ended with code {code}")
        if not name.startswith(WORKER):
            return
        model_slug = name.removeprefix(WORKER)
        if code == endings.ENGINE_STUCK and ENGINE + model_slug in self._supervisor.states():
            self._supervisor.restart(ENGINE + model_slug)
        if code == endings.MODEL_GONE and self._kept is not None:
            self._kept.mover.let_go(model_slug, "the engine has let it go", vanished=True)
        # One that is killed because its agent ends had too much in hand; no job brought that about.
        self._owed[model_slug] = code not in endings.ON_PURPOSE and not self._dismissed
        with suppress(RookeryError):
            self._give_back(model_slug, blame=self._owed[model_slug])

    def _give_back(self, model_slug: str, *, blame: bool = True) -> None:
        self._store.run(fleet_moves.recover(self._host.name, model_slug=model_slug, blame=blame))
        self._owed.pop(model_slug, None)

    def _leave(self) -> None:
        """Give the name up, unless another agent has it: then what it holds is none of our business."""
        with suppress(RookeryError):
            if self._store.run(fleet_moves.host_leave(self._host.name, self._fence, [])):
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
