"""Hosts that a test plays by hand: they say of themselves what agents say, to the real ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tasks.contracts.queues import slug
from tasks.jobs import fleet_moves
from tasks.jobs.store import Store
from tests.bots.conftest import LEASE_MS


@dataclass
class Resident:
    """A model that takes memory on a host."""

    name: str
    gib: float = 1.0
    busy: int = 0
    slots: int = 2
    state: str = "ready"
    standing: str = "trusted"
    trouble: str = ""
    pinned: bool = False
    demo: bool = False
    eta_s: float | None = None
    """How long its load still takes."""

    @property
    def said(self) -> dict[str, Any]:
        """What an agent says of it in its list of models."""
        health = {"standing": self.standing, "trouble": self.trouble, "first_token_s": 0.3}
        known = {"name": self.name, "slug": slug(self.name), "demo": self.demo, "slots": self.slots}
        return {**known, "state": self.state, "health": health}

    @property
    def held(self) -> dict[str, Any]:
        """What an agent says of the memory that it takes."""
        known = {"slug": slug(self.name), "name": self.name, "state": self.state, "size_gib": self.gib}
        told = {"size_is": "file", "busy": self.busy, "slots": self.slots, "pinned": self.pinned}
        return {**known, **told, "ready_for_s": 60, "unused_for_s": 2, "leaves": False}

    @property
    def load(self) -> dict[str, Any]:
        """What an agent says of its load."""
        known = {"slug": slug(self.name), "stage": "loading", "since_s": 4.0, "eta_s": self.eta_s}
        return {**known, "awaits": [], "why": "3 wait for it"}


@dataclass
class Host:
    """A host by its name; what it says last is what the flock knows."""

    store: Store
    name: str
    total_gib: float = 16.0
    engine: str = "fake"
    labels: tuple[str, ...] = ()
    foreign_gib: float = 0.0
    fence: int = field(default=0, init=False)

    def arrive(self, *residents: Resident, **memory: Any) -> Host:
        """Be up, with these in memory."""
        self.fence, _ = self.store.run(fleet_moves.host_join(self.name, f"machine of {self.name}", LEASE_MS))
        self.beat(*residents, **memory)
        return self

    def beat(self, *residents: Resident, **memory: Any) -> None:
        """Say that it lives, and what it holds now."""
        holds = {slug(each.name): each.slots for each in residents if each.state == "ready" and each.standing != "open"}
        about = json.dumps(self._about(residents, memory))
        assert self.store.run(fleet_moves.host_beat(self.name, self.fence, LEASE_MS, about, holds))

    def fall_silent(self) -> None:
        """Be heard of no more, from now on."""
        assert self.store.run(fleet_moves.host_beat(self.name, self.fence, 1, "{}", {}))

    def loaded(self, model: str, seconds: float, gib: float) -> None:
        """Take a load on and end it well."""
        self.store.run(fleet_moves.claim_load(self.name, self.fence, slug(model), ttl_ms=LEASE_MS))
        assert self.store.run(
            fleet_moves.load_done(self.name, self.fence, slug(model), ok=True, load_s=seconds, size_gib=gib)
        )

    def _about(self, residents: tuple[Resident, ...], memory: dict[str, Any]) -> dict[str, Any]:
        used = sum(each.gib for each in residents)
        return {
            "machine": f"machine of {self.name}",
            "engine": self.engine,
            "address": "http://10.9.8.7:1234",
            "labels": self.labels,
            "cloud": False,
            "models": [each.said for each in residents],
            "memory": {
                "total_gib": self.total_gib,
                "used_gib": used,
                "free_gib": self.total_gib - used - self.foreign_gib,
                "foreign_gib": self.foreign_gib,
                "foreign": {},
                "residents": [each.held for each in residents],
                "loads": [each.load for each in residents if each.eta_s is not None],
                "reserved": "",
                "failures": [],
                "too_large": [],
                "trouble": "",
                "troubled_for_s": 0,
                "word": "run",
                "settled": True,
                **memory,
            },
        }
