"""A PostgreSQL of the test session's own, where the system has one; it ends with the session."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from workers.supervision.ports import free_port

DEBIANS = "/usr/lib/postgresql"
NEVER_AS_ROOT = "postgres"  # the server refuses root; Debian's package brings this user along
START_S = 60.0


def programs() -> Path | None:
    """Return the folder of `initdb` and `postgres`, None where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    return next((path.parent for path in sorted(Path(DEBIANS).glob("*/bin/initdb"), reverse=True)), None)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Yield the address of a server that keeps its data in a temporary folder, and needs no password."""
    user = NEVER_AS_ROOT if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="rookery-postgres-"))
    if user:
        shutil.chown(home, user)
    port, data = free_port(), home / "data"
    try:
        made = [folder / "initdb", "-D", data, "-U", "rookery", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(list(map(str, made)), check=True, capture_output=True, user=user, cwd=home)
        options = ["-c", "fsync=off", "-k", home, "-h", "127.0.0.1", "-p", port]
        with (home / "log").open("w") as log:
            command = list(map(str, [folder / "postgres", "-D", data, *options]))
            server = subprocess.Popen(command, user=user, stdout=log, stderr=log, cwd=home)
        try:
            url = f"postgresql://rookery@127.0.0.1:{port}/postgres"
            _await(url, server)
            yield url
        finally:
            server.terminate()
            server.wait(START_S)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def empty(url: str) -> None:
    """Forget everything that is in the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    give_up_s = time.monotonic() + START_S
    while True:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
            return
        assert server.poll() is None, "PostgreSQL ended"
        assert time.monotonic() < give_up_s, "PostgreSQL does not answer"
        time.sleep(0.05)
