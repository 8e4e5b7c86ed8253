"""`rookery run memory` with vectors that anybody can work out, where the libraries of real ones are not installed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from tasks.contracts import logsetup, roles
from tasks.contracts.fleetwatch import load_last_good
from tasks.memory.stores import edge
from tasks.memory.stores.edge import EdgeStore
from tests.tasks.memory.conftest import Directions
from workers import boot, launch
from workers.supervision import leash

HOLD, HELD = "hold", "held"  # files: who scours next is to wait, and who scours waits until this one is gone


def hold_at(folder: Path) -> None:
    """Have who scours wait where a file says so, when all is copied that was there."""
    copied = edge._copied

    def copy(*told: Any) -> Any:
        made = copied(*told)
        if (folder / HOLD).exists():
            (folder / HOLD).rename(folder / HELD)
        while (folder / HELD).exists():
            time.sleep(0.01)
        return made

    edge._copied = copy


if __name__ == "__main__":
    leash.watch()
    if least_free := os.environ.get("ROOKERY_TEST_LEAST_FREE"):  # a disk that is as good as full
        vars(EdgeStore)["__init__"].__kwdefaults__["least_free"] = int(least_free)
    if holds := os.environ.get("ROOKERY_TEST_HOLDS"):
        hold_at(Path(holds))
    settings = load_last_good(os.environ, roles.UPKEEP)
    logsetup.set_up(settings, os.environ)
    launch.run_memory(settings, boot.memory_services(settings, Directions()))
