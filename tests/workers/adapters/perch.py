"""A registry and a ledger for one persona that learns on one model: what is published there, and what is served."""

from __future__ import annotations

from pathlib import Path

from tasks.contracts.canary import Served
from tasks.contracts.clock import ManualClock
from tasks.contracts.fleet import Fleet
from tasks.jobs import adapters
from tasks.jobs.store import Store
from tasks.training.registry.manifest import Origin
from tasks.training.registry.registry import AdapterRegistry
from tests.tiny_adapter import write_tiny_adapter
from workers.adapters.fetching import Fetcher
from workers.adapters.rolling import Turn
from workers.adapters.tending import Engines, Tending

MODEL, PERSONA = "Tiny One", "rook"
FLEET = Fleet.model_validate(
    {
        "model": [{"name": MODEL, "gguf": "tiny.gguf"}],
        "persona": [{"name": PERSONA, "model": MODEL, "learns": "liked"}],
    }
)
NOBODY = FLEET.model_copy(update={"personas": (FLEET.personas[0].model_copy(update={"learns": "nothing"}),)})


class Perch:
    """What one host of that flock works with."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store, self.clock = folder, store, ManualClock()
        self.registry = AdapterRegistry.at(str(folder / "shelf"), folder / "cache")
        self.fetcher = Fetcher(lambda: self.registry, folder / "adapters")
        self.said, self.fleet = list[str](), FLEET
        self.turn = Turn(store, "home", 1, self.clock)

    def tend(self, engines: Engines) -> Tending:
        """Return what brings adapters to engines."""
        models = {model.name: model for model in FLEET.models}
        return Tending(models, self.store, lambda: self.fleet, self.fetcher, engines, self.said.append)

    def publish(self, seed: int) -> str:
        """Publish an adapter, and return its version."""
        learned = write_tiny_adapter(self.folder / f"peft-{seed}", seed)
        return self.registry.publish(learned, Origin(persona=PERSONA, model=MODEL, created_ms=1_795_305_600_000))

    def serve(self, current: str = "", **said: object) -> None:
        """Have the ledger say what is served."""
        serial = self.store.run(adapters.of(PERSONA)).serial + 1
        served = Served.model_validate({"serial": serial, "current": current, **said})
        assert self.store.run(adapters.put(PERSONA, served))

    def other_turn(self) -> Turn:
        """Return the turn of another host, which has it now."""
        other = Turn(self.store, "other", 1, ManualClock())
        assert other.take(MODEL)
        return other
