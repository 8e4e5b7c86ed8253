"""Hosts of this machine with real engines and a tiny model, a registry with adapters for it, and people who ask."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from pathlib import Path

from tasks.contracts.canary import Served
from tasks.contracts.jobs import JobView
from tasks.contracts.learning import adapter_name
from tasks.contracts.messages import Sampling
from tasks.jobs import adapters
from tasks.training.registry.manifest import Origin
from tasks.training.registry.registry import AdapterRegistry
from tests.tiny_adapter import write_tiny_adapter
from tests.tiny_model import HIDDEN, write_tiny_gguf
from tests.workers.household import Household

MODEL, PERSONA = "tiny", "rook"
GREEDY = Sampling(temperature=0.0, max_tokens=16)
QUESTION = "What is a rookery made of?"


def fleet(gguf: Path, *hosts: str, slots: int = 2, more: str = "") -> str:
    """Return the fleet file of hosts with an engine of their own."""
    return f"""
[jobs]
deadline_s = 60
[[model]]
name = "{MODEL}"
gguf = "{gguf}"
context_tokens = 256
memory_gib = 1
slots = {slots}
[[persona]]
name = "{PERSONA}"
model = "{MODEL}"
learns = "liked"
""" + "".join(f'[[host]]\nname = "{host}"\nmodels = ["{MODEL}"]\n{more}\n' for host in hosts)


class Aviary(Household):
    """A household that learns."""

    def __init__(self, folder: Path, redis_url: str, *hosts: str, slots: int = 2, more: str = "") -> None:
        gguf = write_tiny_gguf(folder / "tiny.gguf", seed=1)
        super().__init__(folder, redis_url, fleet(gguf, *hosts, slots=slots, more=more))
        self.hosts = hosts
        self.registry = AdapterRegistry.of(self.settings)

    def publish(self, seed: int, *, model: str = MODEL, hidden: int = HIDDEN) -> str:
        """Publish an adapter with words of its own, and return its version; one of another width fits no model here."""
        folder = write_tiny_adapter(self.folder / f"peft-{seed}", seed, hidden=hidden)
        return self.registry.publish(folder, Origin(persona=PERSONA, model=model, created_ms=1_795_305_600_000))

    def serve(self, current: str = "", **said: object) -> Served:
        """Have the ledger say what is served."""
        serial = self.flock.store.run(adapters.of(PERSONA)).serial + 1
        served = Served.model_validate({"serial": serial, "current": current, **said})
        assert self.flock.store.run(adapters.put(PERSONA, served))
        return served

    def ask(self, **fields: object) -> str:
        """Ask the persona the one question, greedily, in a session of its own."""
        told = {"model": MODEL, "persona": PERSONA, "sampling": GREEDY, "deadline_s": 60.0, **fields}
        return self.flock.submit(QUESTION, **told)


class Crowd:
    """Asks at a pace, in a thread, until it is told to stop; then all answers are looked at."""

    def __init__(self, aviary: Aviary, per_s: float = 10.0) -> None:
        self._aviary, self._every_s = aviary, 1.0 / per_s
        self._stop = threading.Event()
        self.jobs: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        at_s = time.monotonic()
        while not self._stop.is_set():
            self.jobs.append(self._aviary.ask())
            at_s += self._every_s
            self._stop.wait(max(0.0, at_s - time.monotonic()))

    def answers(self) -> list[JobView]:
        """Return all answers, in the order of the questions."""
        return [self._aviary.answered(job) for job in self.jobs]

    def asked(self) -> int:
        """Return how many questions were asked by now."""
        return len(self.jobs)

    def answered_by(self, version: str, since: int) -> set[str]:
        """Return the hosts that answered a question with a version, of those that were asked `since` then."""
        name = adapter_name(PERSONA, version)
        views = [self._aviary.flock.view(job) for job in self.jobs[since:]]
        return {view.host for view in views if view.ended and view.adapter == name}


def words(views: list[JobView]) -> dict[str, set[str]]:
    """Return what was said with each adapter."""
    said: dict[str, set[str]] = defaultdict(set)
    for view in views:
        said[view.adapter].add(view.text)
    return dict(said)
