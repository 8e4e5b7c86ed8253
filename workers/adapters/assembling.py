"""Builds what keeps the adapters of one host, for one stay of its agent under its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tasks.contracts.clock import Clock
from tasks.contracts.fleet import LLAMACPP, Fleet, Host
from tasks.contracts.settings import Settings
from tasks.jobs.store import Store
from tasks.services import HoldsAdapters
from tasks.training.registry.registry import AdapterRegistry
from workers.adapters.changing import Changing, Made
from workers.adapters.fetching import Fetcher
from workers.adapters.making import MakesModels, MakingEngine
from workers.adapters.own import OwnEngines
from workers.adapters.rolling import Turn
from workers.adapters.room import Room
from workers.adapters.servers import NoAdapters, ServerEngine
from workers.adapters.tending import Engines, Tending
from workers.children import engine_of, host_folder, weights
from workers.residency.catalogue import Catalogue
from workers.residency.mover import Mover
from workers.residency.servers import server_of
from workers.supervision.supervise import Supervisor

FOLDER = "adapters"
#: Answers in hand have their own deadlines; an engine that is still asked after so long is ended.
LEAST_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Riders:
    """What keeps the adapters of a host."""

    tending: Tending
    changing: Changing | None

    def step(self) -> None:
        """Go on with what was begun; call it often."""
        if self.changing is not None:
            self.changing.step(self.tending.ready)

    def told(self) -> dict[str, Any]:
        """Return which adapters the models here are to have, and which of them cannot be had, and why."""
        ready = {name: list(files) for name, files in self.tending.ready.items() if files}
        return {"ready": ready, "troubles": dict(self.tending.troubles)}

    def close(self) -> None:
        """End what goes on beside the agent's own steps."""
        self.tending.stop()


def riders(
    settings: Settings,
    host: Host,
    fence: int,
    store: Store,
    supervisor: Supervisor,
    clock: Clock,
    catalogue: Catalogue,
    mover: Mover,
    *,
    fleet: Callable[[], Fleet],
    tell: Callable[[str], None],
    wake: Callable[[], None],
) -> Riders:
    """Return what keeps the adapters of `host`; it looks around from now on."""
    folder = host_folder(settings, host)
    fetcher = Fetcher(partial(AdapterRegistry.of, settings), folder / FOLDER)
    changing, turn = None, Turn(store, host.name, fence, clock)
    engines: Engines = NoAdapters(host.called)
    if host.cloud:
        engines = NoAdapters(host.name, "belongs to somebody else, to whom no adapter goes")
    elif host.remote:
        server = server_of(settings, host, catalogue)
        if isinstance(server, MakesModels):
            engines = MakingEngine(server, folder, fetcher, turn, Room(mover.holding, catalogue), clock)
        elif isinstance(server, HoldsAdapters):
            engines = ServerEngine(server, folder, fetcher, turn, clock)
    elif host.engine == LLAMACPP:
        changing = Changing(
            mover,
            supervisor,
            turn,
            partial(_made, settings, catalogue),
            patience_s=max(LEAST_PATIENCE_S, settings.fleet.jobs.deadline_s),
            clock=clock,
            tell=tell,
            wake=wake,
        )
        engines = OwnEngines(fetcher, partial(weights, settings), changing)
    models = {catalogue.model(name).name: catalogue.model(name) for name in catalogue.slugs}
    tending = Tending(models, store, fleet, fetcher, engines, tell, host)
    catalogue.adapters = tending.proven
    tending.start()
    return Riders(tending, changing)


def _made(settings: Settings, catalogue: Catalogue, name: str, files: Mapping[str, Path], beside: str) -> Made:
    return engine_of(settings, catalogue.model(name), catalogue.slots(name), files, beside)
