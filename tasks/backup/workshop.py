"""A folder to make a backup in, beside where it is to be: what a killed one left there is cleared away by the next."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tasks.contracts.errors import AlreadyRunning, ConfigurationError

LOCK, PREFIX = ".rookery-backup.lock", ".rookery-backup-"


@contextlib.contextmanager
def workshop(beside: Path) -> Iterator[Path]:
    """Make an empty folder in `beside`, which is gone when the block ends, however it does.

    Raises:
        AlreadyRunning: somebody else makes a backup there.
        ConfigurationError: nothing can be written there.
    """
    try:
        beside.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _locked(beside)
    except OSError as exc:
        raise ConfigurationError(
            f"no backup can be written to {beside}: {exc.strerror}", next_step="name another folder"
        ) from exc
    try:
        for left in beside.glob(f"{PREFIX}*"):
            shutil.rmtree(left)
        made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=beside))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
    finally:
        (beside / LOCK).unlink(missing_ok=True)
        os.close(lock)


def _locked(beside: Path) -> int:
    """Return the lock of a folder; its file goes away with who holds it."""
    while True:
        lock = os.open(beside / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            os.close(lock)
            raise AlreadyRunning(
                f"another backup is being written to {beside}", next_step="wait for it, or name another folder"
            ) from exc
        if os.fstat(lock).st_nlink:
            return lock
        os.close(lock)  # its holder took it away in this very moment
