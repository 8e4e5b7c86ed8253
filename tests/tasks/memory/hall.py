"""A ledger, its transcript and memories, with everybody who works on them in a test's hands."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from tasks.contracts.sections import Memory as Wishes
from tasks.jobs.values import Claim
from tasks.memory.ingest import Ingester
from tasks.memory.opening import Opened
from tasks.memory.recall import Recaller
from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore
from tasks.memory.stores.store import VectorStore
from tasks.memory.values import EVERYTHING, Memory, Whole
from tasks.transcript.remembered import Reader
from tests.tasks.jobs.flock import Flock
from tests.tasks.memory.conftest import DIMENSION, Directions
from tests.tasks.transcript.ledger import Ledger

ADA = {"user": "web:ada", "persona": "wren", "direct": True}


class Hall(Ledger):
    """People who tell things, one host that answers, and who remembers."""

    def __init__(self, redis_url: str, folder: Path, **wishes: Any) -> None:
        super().__init__(Flock(redis_url), f"sqlite:///{folder / 'kept.sqlite3'}")
        self.opened = Opened("hall", lambda: QdrantStore(IN_MEMORY, "hall", DIMENSION))
        self.reader, self.ending = Reader(self.url), threading.Event()
        self.recaller = Recaller(self.flock.store, self.opened, Directions(), Wishes(**wishes))
        self.ingester = self.anew()

    def anew(self) -> Ingester:
        """Return who remembers, as after a restart."""
        return Ingester(self.flock.store, self.opened, Directions(), self.reader, self.ending)

    def close(self) -> None:
        """Give everything back."""
        self.opened.close()
        self.reader.close()
        super().close()

    @property
    def store(self) -> VectorStore:
        """The memories."""
        return self.opened.get()

    def ask(self, text: str, session: str = "s", **fields: Any) -> Claim:
        """Ask, and return the job as the one who is to answer it gets it."""
        job = self.flock.submit(text, session=session, **{"recall": True, **ADA, **fields})
        self.recaller.serve()
        claim = self.flock.take(self.host)
        assert claim.job == job
        return claim

    def tell(self, text: str, session: str = "s", reply: str = "I see.", **fields: Any) -> str:
        """Tell something, have it answered and written down; return the job."""
        claim = self.ask(text, session, **fields)
        self.flock.finish(claim, reply)
        self.archive()
        return claim.job

    def remember(self) -> list[Memory]:
        """Remember what was written down, and return all that is remembered, by time."""
        while self.ingester.ingest():
            pass
        return self.remembered()

    def remembered(self) -> list[Memory]:
        """Return all that is remembered, by time."""
        found = self.store.page(Whole(), EVERYTHING, limit=1000).memories
        return sorted(found, key=lambda memory: (memory.at_ms, memory.source))

    def texts(self) -> list[str]:
        """Return what was said, as it is remembered."""
        return [memory.text for memory in self.remembered()]
