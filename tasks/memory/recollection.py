"""All that a memory worker can do, in one object: see `tasks.contracts.abilities.Recollection`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from tasks.contracts.erasing import Transcript
from tasks.contracts.fleet import Fleet
from tasks.contracts.sections import Memory as Wishes
from tasks.jobs.store import Store
from tasks.memory import copies
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.ingest import Ingester
from tasks.memory.opening import Opened
from tasks.memory.recall import Recaller
from tasks.memory.reembedding import Reembedder
from tasks.memory.rights.granting import Granter
from tasks.memory.tiers.night import Tidier


class Remembering:
    """Recalls and ingests, over one store and with one embedder."""

    def __init__(
        self,
        ledger: Store,
        opened: Opened,
        embedder: Embedder,
        exchanges: Transcript,
        wishes: Wishes,
        ending: threading.Event,
        fleet: Callable[[], Fleet] = Fleet,
        folder: Path | None = None,
        prompts: Path = Path("debug"),
    ) -> None:
        """Open nothing yet; `folder` is where memories are, unless that is a server, and copies of them are made.

        In `prompts` may be what models were given to read.
        """
        self._ledger, self._folder = ledger, folder
        self._opened, self._exchanges = opened, exchanges
        self._recaller = Recaller(ledger, opened, embedder, wishes)
        alone = threading.Lock()  # one thread at most is ever busy with what nobody waits for
        self._granter = Granter(ledger, opened, embedder, exchanges, prompts, alone=alone)
        late = self._granter.came_late
        self._ingester = Ingester(ledger, opened, embedder, exchanges, ending, alone=alone, came_late=late)
        self._reembedder = Reembedder(ledger, opened, embedder, ending, alone=alone)
        self._tidier = Tidier(ledger, opened, embedder, fleet, ending, alone=alone)

    def recall(self) -> int:
        """Fetch memories for every job that waits for them, then see to wishes; returns for how many jobs."""
        return self._recaller.serve() + self._granter.serve()

    def owes(self) -> bool:
        """Return whether something was forgotten that `ingest` has to take off the disks; it is said once."""
        return self._granter.owes()

    def ingest(self) -> bool:
        """Remember what the transcript has taken in since, for a moment; True while more is left.

        Where the model has changed, what is remembered already is carried over to it a little first.
        """
        try:
            carries = self._reembedder.carry()
            return self._ingester.ingest() or carries
        finally:  # what is forgotten leaves the disk also where nothing can be remembered
            self._granter.scour()

    def tidy(self, which: str = "") -> bool:
        """Look through the memories for a moment, where a night is due or a round is wanted; True: more is left."""
        return self._tidier.tidy(which)

    def noted(self, job: str, ids: Sequence[str]) -> None:
        """Put what a model made of turns in their place."""
        self._tidier.noted(job, ids)

    def summarized(self, job: str, channel: str, sources: Sequence[str]) -> None:
        """Keep what a model made of a channel, with what it was told."""
        self._tidier.summarized(job, channel, sources)

    def copy(self, token: str) -> None:
        """Copy the memories for who asked with a token, which is told what came of it."""
        if self._folder is not None:
            copies.make(self._ledger, self._opened, self._folder, token)

    def close(self) -> None:
        """Let go of the memories and of the transcript. Idempotent."""
        self._opened.close()
        self._exchanges.close()
