"""A training worker's workshop over a real ledger, a real transcript and a registry."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tasks.contracts.canary import Served, is_tried
from tasks.contracts.learning import adapter_name
from tasks.contracts.notices import Notice
from tasks.contracts.settings import load
from tasks.training.registry.registry import AdapterRegistry
from tasks.training.runs.spec import Workshop
from tasks.transcript.database import open_database
from tasks.transcript.keeping import write
from tests.tasks.jobs.flock import Flock
from tests.tasks.transcript.said import exchange, opinion

FILE = """
[training]
canary_replies = {replies}
canary_days = {days}
keep_runs = {keep_runs}
min_ratings = 2
[[model]]
name = "demo"
builtin = "demo"
[[persona]]
name = "pirate"
model = "demo"
learns = "{learns}"
unlearns = "{unlearns}"
wait_for_people = {waits}
"""


HOUR_MS = 3_600_000


@dataclass
class Shop:
    """The workshop, and what people say to its persona."""

    flock: Flock
    registry: AdapterRegistry
    folder: Path
    replies: int = 20
    waits: bool = False
    days: float = 7
    keep_runs: int = 14
    learns: str = "nothing"
    unlearns: str = "in quiet"
    told: list[Notice] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        self.url = f"sqlite:///{self.folder / 'transcript.sqlite3'}"
        self.transcript = open_database(self.url)
        self.began_ms = self.flock.store.now_ms() - HOUR_MS

    def workshop(self) -> Workshop:
        """Return what the watch may ask for."""
        file = self.folder / "rookery.toml"
        said = {
            "replies": self.replies,
            "days": self.days,
            "keep_runs": self.keep_runs,
            "waits": str(self.waits).lower(),
        }
        file.write_text(FILE.format(**said, learns=self.learns, unlearns=self.unlearns), encoding="utf-8")
        told: dict[str, Any] = {
            "settings": lambda: load(file, {}),
            "store": self.flock.store,
            "transcript_url": self.url,
            "registry": self.registry,
            "notify": self.told.append,
            "say": lambda _doing, _share: None,
            "ending": threading.Event(),
        }
        return Workshop(**{name: told.get(name) for name in Workshop.__dataclass_fields__})

    def ask(self, version: str, many: int = 1, *, opinion_: str = "", stars: str = "", **how: str) -> None:
        """Ask so often what this version is to answer, and answers; each a moment later than the one before."""
        entries = []
        served = self.registry.served("pirate")
        for _ in range(many):
            job = self._job(served, tried=bool(version) and version == served.canary)
            at_ms = self.began_ms + 1 + self.asked * 10
            said = {"reply": f"Aye, that is number {self.asked}.", "adapter": self._adapter(version), **how}
            entries.append(exchange(job, at_ms=at_ms, persona="pirate", text="what is it?", **said))
            if opinion_:
                entries.append(opinion(opinion_, "ann", at_ms + 25, job=job, text=stars))
        write(self.transcript, entries)

    def _job(self, served: Served, *, tried: bool) -> str:
        """Return a job that the canary is to answer, or one that it is not."""
        while True:
            self.asked += 1
            if is_tried(served, f"job-{self.asked}") is tried:
                return f"job-{self.asked}"

    def _adapter(self, version: str) -> str:
        return adapter_name("pirate", version) if version else ""

    def close(self) -> None:
        """Close the transcript."""
        self.transcript.dispose()
