"""Looks after the flock as a whole, in the upkeep worker: tells what is wrong, and calls for more machines.

One upkeep worker does so at a time, by an office in the ledger. That the ledger itself is away each of them tells.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tasks.contracts.errors import RookeryError, StoreFull
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_moves, moves
from tasks.jobs.store import Store
from tasks.jobs.values import MS, Status
from tasks.notification import troubles, watching
from tasks.notification.sending import Teller
from tasks.notification.troubles import Trouble
from tasks.notification.vigil import Vigil
from tasks.notification.watching import State
from tasks.scaling.calling import Caller

OFFICE = "warden"
LOOK_EVERY_S = 5.0
LEAD_MS = 20_000
AWAY_S = 30.0  # a Redis that is away for less is being started again
GIB = 2**30
logger = logging.getLogger(__name__)


class Warden:
    """The looking, on a thread of its own once it is started."""

    def __init__(
        self, store: Store, settings: Callable[[], Settings], teller: Teller, every_s: float = LOOK_EVERY_S
    ) -> None:
        """Take what is needed; `settings` is what the file says now."""
        self._store, self._settings, self._teller, self._every_s = store, settings, teller, every_s
        self._caller = Caller(store, lambda: settings().fleet.scale, settings().folder)
        self._vigil = Vigil(store)
        self._name, self._stop = secrets.token_hex(6), threading.Event()
        self._ledger = State()  # whether Redis is well, known to this process alone
        self._thread = threading.Thread(target=self._run, name="warden", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and wait for what is under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._caller.wait()

    def look(self) -> None:
        """Look once."""
        try:
            leads = self._store.run(moves.lead(OFFICE, self._name, LEAD_MS))
            seen = self._store.run(fleet_moves.status())
            if leads:
                self._vigil.look(seen, self._wrong(seen))
                self._caller.look(seen)
        except RookeryError as exc:
            self._look_at_redis([_away(exc)])
        else:
            self._look_at_redis([])

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.look()
            except Exception:  # whatever it is, the next look may be better, and nobody else looks
                logger.exception("a look at the flock failed")

    def _wrong(self, seen: Status) -> Iterable[Trouble]:
        settings = self._settings()
        yield from troubles.troubles_of(seen, {host.name for host in settings.fleet.hosts if host.enabled})
        yield from troubles.of_the_disk(
            free_gib(settings.data_dir), settings.fleet.notify.free_gib, str(settings.data_dir)
        )

    def _look_at_redis(self, wrong: list[Trouble]) -> None:
        self._ledger, said = watching.look(self._ledger, wrong, int(time.monotonic() * MS))
        for notice in said:
            self._teller.shout(notice)


def free_gib(folder: Path) -> float:
    """Return what is left on the disk of a folder, or of where it will be."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), Path(os.sep))
    return shutil.disk_usage(there).free / GIB


def _away(exc: RookeryError) -> Trouble:
    full = isinstance(exc, StoreFull)
    return Trouble(
        "redis",
        "Redis has no room left" if full else "Redis does not answer",
        f"{troubles.in_short(exc.message)}. Nothing is taken in and nobody is answered until it does. {exc.next_step}",
        "error",
        AWAY_S,
        "Redis is well again",
    )
