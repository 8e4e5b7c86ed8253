"""All that a memory worker can do, in one object: see `tasks.services.Recollection`."""

from __future__ import annotations

import threading

from tasks.contracts.exchanged import Exchanges
from tasks.contracts.sections import Memory as Wishes
from tasks.jobs.store import Store
from tasks.memory.embedding import Embedder
from tasks.memory.ingest import Ingester
from tasks.memory.opening import Opened
from tasks.memory.recall import Recaller


class Remembering:
    """Recalls and ingests, over one store and with one embedder."""

    def __init__(
        self,
        ledger: Store,
        opened: Opened,
        embedder: Embedder,
        exchanges: Exchanges,
        wishes: Wishes,
        ending: threading.Event,
    ) -> None:
        self._opened, self._exchanges = opened, exchanges
        self._recaller = Recaller(ledger, opened, embedder, wishes)
        self._ingester = Ingester(ledger, opened, embedder, exchanges, ending)

    def recall(self) -> int:
        """Fetch memories for every job that waits for them; returns for how many."""
        return self._recaller.serve()

    def ingest(self) -> bool:
        """Remember what the transcript has taken in since, for a moment; True while more is left."""
        return self._ingester.ingest()

    def close(self) -> None:
        """Let go of the memories and of the transcript. Idempotent."""
        self._opened.close()
        self._exchanges.close()
