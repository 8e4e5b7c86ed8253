"""Whether anybody still uses a thing: who does holds a lock on a file of it, which ends with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOR_ITS_OWNER = 0o600


@contextmanager
def using(path: Path) -> Iterator[None]:
    """Use the thing of this file while the block runs. Waits for nobody but who takes it away at this very moment."""
    with _opened(path) as handle:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield


def unused(path: Path) -> bool:
    """Return whether nobody uses it now."""
    with _opened(path) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def kept_from_use(path: Path) -> Iterator[bool]:
    """Keep others from beginning to use it while the block runs; yields False, and keeps nobody, where it is in use."""
    with _opened(path) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, FOR_ITS_OWNER)
    try:
        yield handle
    finally:
        os.close(handle)
