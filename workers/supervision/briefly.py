"""The Redis of a flock that is not running, for as long as its ledger is read or written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks.contracts import roles
from tasks.contracts.settings import Settings
from tasks.jobs.store import Store
from workers.fleet.users import Users
from workers.supervision.ports import free_port
from workers.supervision.redis_server import READY_TIMEOUT_S, redis_child
from workers.supervision.supervise import Supervisor


@contextmanager
def ledger_of(settings: Settings) -> Iterator[Store]:
    """Open the ledger of a flock that does not run here, its own Redis with it, while the block runs.

    That one listens on a port that nobody knows, and has the users that it had.

    Raises:
        ProcessFailed: our own Redis does not start.
    """
    if not settings.own_redis:
        yield from _opened(settings.redis_url, settings.namespace)
        return
    folder, port = settings.data_dir / roles.FOLDER, free_port()
    users = Users(folder, settings.namespace) if roles.secrets_in(folder) else None
    children = [redis_child(folder, port, users=users)]
    with tempfile.TemporaryDirectory() as logs, Supervisor(children, log_dir=Path(logs)) as supervisor:
        supervisor.wait_ready(READY_TIMEOUT_S)
        yield from _opened(roles.own_url(folder, port, roles.ADMIN), settings.namespace)


def _opened(url: str, namespace: str) -> Iterator[Store]:
    store = Store.open(url, namespace)
    try:
        yield store
    finally:
        store.close()
