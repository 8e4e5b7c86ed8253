"""A whole Rookery in a folder of its own for the length of a measurement: `rookery up`, real processes, real Redis."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tasks.contracts.errors import ProcessFailed
from tasks.jobs.gateway import Gateway
from tasks.jobs.store import Store
from workers.supervision import leash
from workers.supervision.ports import free_port

READY_TIMEOUT_S, END_TIMEOUT_S = 120.0, 30.0
POLL_S = 0.05
PORTS = ("redis", "web", "flower")  # the last is one that a small machine leaves out
LAST_WORDS_CHARS = 2_000
NO_BRACKETS = str.maketrans("", "", "[]")  # which beat puts around its name
OPTION = re.compile(r"[-*\d]")  # and numbers, and addresses to listen on


@dataclass(frozen=True)
class House:
    """A Rookery that runs."""

    gateway: Gateway
    folder: Path
    process: subprocess.Popen[bytes]

    def processes(self) -> list[psutil.Process]:
        """Return `rookery up` and everything below it, without the shim that keeps it on a leash."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def said(self) -> str:
        """Return what `rookery up` has printed so far."""
        return (self.folder / "up.log").read_text(errors="replace")


@contextmanager
def house(folder: Path, models: str, *, flower: bool = True) -> Iterator[House]:
    """Run `rookery up` with the given [[model]] and [[host]] entries until the block ends."""
    ports = {name: free_port() for name in PORTS}
    tables = "".join(f"[{name}]\nport = {port}\n" for name, port in ports.items())
    tables += f"enabled = {str(flower).lower()}\n"
    (folder / "rookery.toml").write_text(tables + models)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ROOKERY_", "REDIS_URL"))}
    environment["ROOKERY_TEST_SCRIPTED"] = "1"  # the fake engine does as the text says
    store = Store.open(f"redis://127.0.0.1:{ports['redis']}/0")
    read_end, write_end = os.pipe()  # it ends with this process, however that ends
    with (folder / "up.log").open("wb") as log, os.fdopen(read_end), os.fdopen(write_end):
        process = subprocess.Popen(
            leash.wrap([sys.executable, "-P", "-m", "rookery", "up"]),
            cwd=folder,
            env={**environment, leash.LEASH_FD_ENV: str(read_end)},
            pass_fds=[read_end],
            stdout=log,
            stderr=log,
        )
        try:
            yield House(Gateway(store), folder, process)
        finally:
            store.close()
            _end(process)


def wait_until_up(made: House) -> None:
    """Wait until `rookery up` says that everything is ready. Raises ProcessFailed."""
    give_up_s = time.monotonic() + READY_TIMEOUT_S
    while "Rookery is up." not in made.said():
        if time.monotonic() > give_up_s or made.process.poll() is not None:
            raise ProcessFailed(f"`rookery up` did not come up; it said:\n{made.said()[-LAST_WORDS_CHARS:]}")
        time.sleep(POLL_S)


def name_of(command_line: list[str]) -> str:
    """Return what a process is, from its command line: its program's name and the words behind it.

    >>> name_of(["/x/python", "-P", "-m", "rookery", "run", "host", "home"]), name_of(["/x/redis-server *:6390"])
    ('rookery run host home', 'redis-server')
    """
    words = [
        Path(word).name for word in " ".join(command_line).translate(NO_BRACKETS).split() if not OPTION.match(word)
    ]
    return " ".join(word for word in words if not word.startswith("python")) or "a process that has ended"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()  # its children are on leashes, and end with it
        process.wait()
