"""The memories of a backup, wherever they are: by this process, or by the one that has them open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tasks.contracts.errors import MemoryLocked, MemoryUnavailable
from tasks.contracts.settings import Settings
from tasks.jobs.store import Store
from tasks.memory import copies, opening, snapshots


def copy(settings: Settings, ledger: Store | None, folder: Path) -> int:
    """Write all memories there are into a folder, a folder within it for each store; returns how many.

    Raises:
        MemoryUnavailable: the server does not answer, or who has them open does not.
        ConfigurationError: what reads them is not installed here.
    """
    total = 0
    for name, opened in opening.kept(settings).items():
        try:
            total += _taken(opened, folder / name)
        except MemoryLocked as locked:
            if ledger is None:
                raise MemoryUnavailable(locked.message, next_step="end that process, then try again") from locked
            total += copies.ask(ledger, name, settings.memory_dir, folder / name)
    return total


def wanted(settings: Settings, ledger: Store | None) -> Callable[[Path], int]:
    """Return the same for whoever knows the folder alone."""
    return partial(copy, settings, ledger)


def _taken(opened: opening.Opened, folder: Path) -> int:
    try:
        return snapshots.take(opened.get(), folder).count
    finally:
        opened.close()
