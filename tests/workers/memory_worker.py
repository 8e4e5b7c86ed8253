"""`rookery run memory` with vectors that anybody can work out, where the libraries of real ones are not installed."""

from __future__ import annotations

import os

from tasks.contracts import logsetup, roles
from tasks.contracts.fleetwatch import load_last_good
from tasks.memory.stores.edge import EdgeStore
from tests.tasks.memory.conftest import Directions
from workers import boot, launch
from workers.supervision import leash

if __name__ == "__main__":
    leash.watch()
    if least_free := os.environ.get("ROOKERY_TEST_LEAST_FREE"):  # a disk that is as good as full
        vars(EdgeStore)["__init__"].__kwdefaults__["least_free"] = int(least_free)
    settings = load_last_good(os.environ, roles.UPKEEP)
    logsetup.set_up(settings, os.environ)
    launch.run_memory(settings, boot.memory_services(settings, Directions()))
