"""`rookery run memory` with vectors that anybody can work out, where the libraries of real ones are not installed."""

from __future__ import annotations

import os

from tasks.contracts import logsetup, roles
from tasks.contracts.fleetwatch import load_last_good
from tests.tasks.memory.conftest import Directions
from workers import boot, launch
from workers.supervision import leash

if __name__ == "__main__":
    leash.watch()
    settings = load_last_good(os.environ, roles.UPKEEP)
    logsetup.set_up(settings, os.environ)
    launch.run_memory(settings, boot.memory_services(settings, Directions()))
