"""The memories of a backup, wherever they are: by this process, or by the one that has them open."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tasks.contracts import wanted as packages
from tasks.contracts.errors import MemoryLocked, MemoryUnavailable
from tasks.contracts.settings import Settings
from tasks.jobs.store import Store
from tasks.memory import copies, opening
from tasks.memory.stores import snapshots
from tasks.memory.values import Whole


def copy(settings: Settings, ledger: Store | None, folder: Path) -> int:
    """Write all memories there are into a folder, a folder within it for each store; returns how many.

    Raises:
        MemoryUnavailable: the server does not answer, or who has them open does not.
        ConfigurationError: what reads them is not installed here.
    """
    with _installed():
        return sum(_copied(opened, settings, ledger, folder / name) for name, opened in opening.kept(settings).items())


def restore(settings: Settings, folder: Path) -> int:
    """Put a copy where the settings want memories to be; returns how many. Raises as `opening.restore` and `copy`."""
    with _installed():
        return opening.restore(settings, folder)


def are_in_use(settings: Settings) -> bool:
    """Return whether the server that the settings name holds memories of this flock. Raises as `copy` does."""
    if not settings.fleet.memory.url:
        return False  # a folder is looked at like all others
    with _installed():
        return any(_counted(opened) for opened in opening.kept(settings).values())


def wanted(settings: Settings, ledger: Store | None) -> Callable[[Path], int]:
    """Return the same for whoever knows the folder alone."""
    return partial(copy, settings, ledger)


def _copied(opened: opening.Opened, settings: Settings, ledger: Store | None, to: Path) -> int:
    try:
        return snapshots.take(opened.get(), to).count
    except MemoryLocked as locked:
        if ledger is None:
            raise MemoryUnavailable(locked.message, next_step="end that process, then try again") from locked
        return copies.ask(ledger, opened.name, settings.memory_dir, to)
    finally:
        opened.close()


def _counted(opened: opening.Opened) -> int:
    try:
        return opened.get().count(Whole())
    finally:
        opened.close()


@contextlib.contextmanager
def _installed() -> Iterator[None]:
    """Say which package is missing, and how to come by it."""
    try:
        yield
    except ModuleNotFoundError as exc:
        raise packages.no_memory((exc.name or str(exc),)) from exc
