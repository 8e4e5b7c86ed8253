"""One run at a time: on this machine by a lock that the kernel keeps, in the flock by an office of the ledger."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import platform
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

from tasks.contracts.errors import AlreadyRunning, RookeryError
from tasks.contracts.folders import PRIVATE
from tasks.jobs import moves
from tasks.jobs.store import Store

LOCK = "train.lock"
OFFICE = "training"
LEASE_MS = 60_000  # one that was killed keeps other machines waiting for so long
NIGHT_MS = 26 * 3_600_000
RENEWALS = 4  # in one lease
MS = 1000
MOST_NAME_BYTES = 100
logger = logging.getLogger(__name__)


class Office:
    """Keeps the office of who trains, in a thread of its own.

    It is a folder's, not a process's: whoever has the lock of a folder goes on at once where the last one died.
    """

    def __init__(self, store: Store, who: str, lease_ms: int = LEASE_MS) -> None:
        self._store, self._who, self._lease_ms = store, who, lease_ms
        self._left = threading.Event()

    def holds(self) -> bool:
        """Return whether it is this process's, from now on for a lease. Raises StoreUnavailable."""
        return self._store.run(moves.lead(OFFICE, self._who, self._lease_ms))

    def keep(self) -> None:
        """Renew it until it is left. While Redis is away nobody can take it, so it is not lost by that."""
        while not self._left.wait(self._lease_ms / MS / RENEWALS):
            try:
                self.holds()
            except RookeryError as exc:
                logger.warning("who trains could not be renewed", extra={"error": str(exc)})

    def end(self) -> None:
        """Have it renewed no more."""
        self._left.set()

    def leave(self) -> None:
        """Leave it to whoever comes next, at once; who keeps it is to have ended, or would take it again."""
        with contextlib.suppress(RookeryError):
            self._store.run(moves.resign(OFFICE, self._who))


@contextlib.contextmanager
def alone(training_dir: Path, store: Store, lease_ms: int = LEASE_MS) -> Iterator[Office]:
    """Be the only one who trains, on this machine and in the flock, while the block runs.

    The kernel lets go of its lock when this process dies, however it does.

    Raises:
        AlreadyRunning: another run goes on, here or elsewhere.
        StoreUnavailable: Redis did not answer.
    """
    with _locked(training_dir) as who:
        office = Office(store, who, lease_ms)
        if not office.holds():
            raise AlreadyRunning(
                "a run of training goes on on another machine", next_step="this one goes on when that one has ended"
            )
        keeper = threading.Thread(target=office.keep, name="office training", daemon=True)
        keeper.start()
        try:
            yield office
        finally:
            office.end()
            keeper.join()
            office.leave()


@contextlib.contextmanager
def _locked(training_dir: Path) -> Iterator[str]:
    """Have the lock of a folder while the block runs; yields a name that no other folder has."""
    training_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    lock = os.open(training_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise AlreadyRunning(
                "a run of training goes on on this machine", next_step="this one goes on when that one has ended"
            ) from exc
        try:
            yield _name(lock)
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)  # for whoever inherited the file, too
    finally:
        os.close(lock)


def has_night(training_dir: Path, store: Store, run: str) -> bool:
    """Return whether the run of a night is this folder's: of several machines that train, one makes it.

    It stays so for longer than a night: a run that the machine does not come back to is followed by the next night's.

    Raises StoreUnavailable.
    """
    training_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    lock = os.open(training_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return store.run(moves.lead(f"{OFFICE}-{run}", _name(lock), NIGHT_MS))
    finally:
        os.close(lock)


def _name(lock: int) -> str:
    name = os.pread(lock, MOST_NAME_BYTES, 0).decode("ascii", "replace").strip()
    if not name:
        name = secrets.token_hex(8)
        os.pwrite(lock, f"{name}\n".encode(), 0)
    return f"{platform.node()}:{name}"
