"""Signs of life in the ledger: who does something says so again and again, and others need not wait for nobody."""

from __future__ import annotations

import contextlib
import platform
import threading
from dataclasses import dataclass

from tasks.contracts.errors import RookeryError
from tasks.contracts.settings import Settings
from tasks.jobs import pockets
from tasks.jobs.store import Store
from tasks.jobs.values import Move

LIFE_S = 6.0
EVERY_S = LIFE_S / 3


@dataclass(frozen=True)
class Sign:
    """One sign for all who do the same."""

    name: str

    def at(self, machine: str) -> Sign:
        """Return the sign of those on one machine."""
        return Sign(f"{self.name}@{machine}")

    def is_up(self, life_s: float = LIFE_S, machine: str = "1") -> Move[bool]:
        """Say that somebody is up, and where; to be said again before the sign ends."""
        return pockets.put(self.name, machine, life_s)

    def has_left(self) -> Move[bool]:
        """Say that one of them is up no more; another one's sign is back by the next time it says so."""
        return pockets.drop(self.name)

    def somebody(self) -> Move[bool]:
        """Return whether somebody is up."""
        return Move("pocketed", (self.name,), bool, rings=False)

    def where(self) -> Move[str]:
        """Return the machine of who said so last; empty: nobody is up."""
        return pockets.get(self.name)

    def keep_saying(self, store: Store, ending: threading.Event, every_s: float = EVERY_S, machine: str = "1") -> None:
        """Say it until the end, and then that it is over; while Redis is away nobody hears it."""
        while not ending.is_set():
            with contextlib.suppress(RookeryError):
                store.run(self.is_up(machine=machine))
            ending.wait(every_s)
        with contextlib.suppress(RookeryError):
            store.run(self.has_left())


def here(settings: Settings) -> str:
    """Return what this machine is called in signs."""
    return settings.machine or platform.node()


TRAINING = Sign("up:training")
UNTAUGHT = "nobody trains: what was said waits in the transcript, and no persona learns from it"
ADVICE = "start `rookery up` again, or `rookery run training` by itself; its log says why it ended"
