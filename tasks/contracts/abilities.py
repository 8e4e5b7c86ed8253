"""What tasks ask of their worker besides answers: to keep what was said, remember it, learn from it, tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class TranscriptKeeper(Protocol):
    """Keeps what was said for longer than Redis does."""

    def archive(self) -> bool:
        """Write down what is owed, for a moment; True while more is left.

        Raises:
            TranscriptUnavailable: nothing was taken; it stays owed.
        """
        ...

    def refill(self) -> int:
        """Give back their windows to sessions that jobs wait for, and return to how many. Raises as `archive` does."""
        ...


class Recollection(Protocol):
    """Remembers what was said, for whoever is to answer."""

    def recall(self) -> int:
        """Fetch memories for every job that waits for them; returns for how many."""
        ...

    def owes(self) -> bool:
        """Return whether something was forgotten that `ingest` has to take off the disks; it is said once."""
        ...

    def ingest(self) -> bool:
        """Remember what the transcript has taken in since, for a moment; True while more is left.

        Raises:
            MemoryUnavailable, TranscriptUnavailable: nothing was lost; it is done another time.
        """
        ...

    def tidy(self, which: str = "") -> bool:
        """Look through the memories for a moment, where a night is due or a round is wanted; True while more is left.

        Raises:
            MemoryUnavailable, StoreUnavailable: nothing was lost; it is done another time.
        """
        ...

    def noted(self, job: str, ids: Sequence[str]) -> None:
        """Put what a model made of turns, which a job was about, in their place. Raises as `tidy` does."""
        ...

    def summarized(self, job: str, channel: str, sources: Sequence[str]) -> None:
        """Keep what a model made of a channel, with the messages that it was told. Raises as `tidy` does."""
        ...

    def copy(self, token: str) -> None:
        """Copy the memories, for who asked with a token; what came of it is told in the ledger."""
        ...

    def close(self) -> None:
        """Let go of what it holds. Idempotent."""
        ...


class Learner(Protocol):
    """Has personas learn from what was said."""

    def train(self, run: str) -> None:
        """Walk a run of training to its end, or for as long as this worker may; one that has ended is left alone.

        Raises:
            UnknownThing: there is none of that name here.
            AlreadyRunning, StoreUnavailable: it goes on later.
        """
        ...

    def learn(self) -> tuple[str, ...]:
        """Make the runs that are due, and return the names of those that were not there. Raises StoreUnavailable."""
        ...

    def watch(self) -> tuple[str, ...]:
        """Make what is due, have adapters on trial judged, and return the runs to go on with. Raises as `learn`."""
        ...


class Notifier(Protocol):
    """Tells whoever looks after the flock what happened to it."""

    def send(self, notice: str = "") -> None:
        """Have a notice told, by its id, or all that are due; returns at once, and never fails."""
        ...
