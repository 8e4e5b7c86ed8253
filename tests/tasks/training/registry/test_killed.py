"""Whoever publishes and promotes may be killed at any write: what is left can be read, and doing it again ends it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tasks.contracts.canary import Served
from tasks.jobs.crashpoints import KILLED
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.local import LocalShelf
from tasks.training.registry.registry import AdapterRegistry
from tests.tasks.training.adapters import FIRST_MS, origin, trained

MOST_WRITES = 100


def die_at(count: int) -> None:
    """Have this process end, as a SIGKILL would, before its so many-th change of the disk."""
    left = itertools.count(count - 1, -1)

    def counted(act: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **how: object) -> object:
            if next(left) == 0:
                os._exit(KILLED)
            return act(*args, **how)

        return call

    for name in ("rename", "replace", "mkdir", "fsync", "unlink"):
        setattr(os, name, counted(getattr(os, name)))


def promote(root: Path, trained_at: Path) -> str:
    registry = AdapterRegistry(LocalShelf(root), root)
    version = registry.publish(trained_at, origin())
    before = registry.served("pirate")
    if before.current != version:
        served = Served(serial=before.serial + 1, current=version, previous=before.current)
        registry.change("pirate", Event(kind=Kind.PROMOTED, version=version, at_ms=FIRST_MS, served=served))
    return version


def state(root: Path) -> Mapping[str, object]:
    """Read all that a registry tells, with each version checked."""
    registry = AdapterRegistry(LocalShelf(root), root)
    versions = registry.versions("pirate")
    return {
        "versions": [registry.check("pirate", version).files for version in versions],
        "served": registry.served("pirate"),
        "history": [(event.kind, event.version) for event in registry.history("pirate")],
    }


def test_a_kill_at_any_write_leaves_what_can_be_read_and_done_again(tmp_path: Path) -> None:
    folder = trained(tmp_path / "trained")
    version = promote(tmp_path / "undisturbed", folder)
    undisturbed = state(tmp_path / "undisturbed")
    for count in range(1, MOST_WRITES):
        root = tmp_path / f"killed-{count}"
        if not (child := os.fork()):
            die_at(count)
            promote(root, folder)
            os._exit(0)
        end = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        left = state(root)
        assert left["served"] in (Served(), undisturbed["served"])
        assert promote(root, folder) == version
        assert state(root) == undisturbed
        if end == 0:
            break
        assert end == KILLED
    assert count > 10  # it was killed often, and in the end not any more
    assert end == 0
