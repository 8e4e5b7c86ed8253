"""The process of a listener of another package: a small one, since there may be several."""

from __future__ import annotations

import os
import signal
import threading
import time

from tasks.contracts import logsetup, roles
from tasks.contracts.fleetwatch import load_last_good
from tasks.jobs import listeners
from tasks.jobs.store import Store

GRACE_S = 3.0  # for the event that it is at; a listener that hangs is ended all the same


def run_listener(name: str) -> None:
    """Hand every move of every job to a listener, until told to end.

    Raises:
        ConfigurationError: there is no such listener, or it was not told what it needs.
    """
    settings = load_last_good(os.environ, roles.BOT)
    logsetup.set_up(settings, os.environ)
    listener = listeners.create(name, settings, os.environ)
    hall = listeners.Hall(Store.open(settings.redis_url, settings.namespace))

    def end() -> None:
        hall.stop()
        time.sleep(GRACE_S)
        os._exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        # On a thread: this one may hold the very lock that `stop` wants.
        signal.signal(number, lambda *_: threading.Thread(target=end, daemon=True).start())
    hall.start()
    hall.serve(listener)
