"""A whole Rookery in a folder of its own for the length of a measurement: `rookery up`, real processes, real Redis."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tasks.jobs.gateway import Gateway
from tasks.jobs.store import Store

READY_TIMEOUT_S = 120.0
PORTS = ("redis", "web", "flower")


@dataclass(frozen=True)
class House:
    """A Rookery that runs."""

    gateway: Gateway
    folder: Path
    process: subprocess.Popen[bytes]

    def resident_mib(self) -> dict[str, float]:
        """Return the proportional memory of each process, by its verb."""
        processes = psutil.Process(self.process.pid).children(recursive=True)
        named: dict[str, float] = {"up": _mib(psutil.Process(self.process.pid))}
        for process in processes:
            named[f"{_verb(process.cmdline())} ({process.pid})"] = _mib(process)
        return named


@contextmanager
def house(folder: Path, models: str) -> Iterator[House]:
    """Run `rookery up` with the given [[model]] and [[host]] entries until the block ends."""
    ports = {name: free_port() for name in PORTS}
    tables = "".join(f"[{name}]\nport = {port}\n" for name, port in ports.items())
    (folder / "rookery.toml").write_text(tables + models)
    log = (folder / "up.log").open("wb")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ROOKERY_", "REDIS_URL"))}
    environment["ROOKERY_TEST_SCRIPTED"] = "1"  # the fake engine does as the text says
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "rookery", "up"], cwd=folder, env=environment, stdout=log, stderr=log
    )
    try:
        yield House(Gateway(Store.open(f"redis://127.0.0.1:{ports['redis']}/0")), folder, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        log.close()


def wait_until_up(made: House) -> None:
    """Wait until `rookery up` says that everything is ready."""
    give_up_s = time.monotonic() + READY_TIMEOUT_S
    while "Rookery is up." not in (made.folder / "up.log").read_text():
        if time.monotonic() > give_up_s or made.process.poll() is not None:
            raise SystemExit((made.folder / "up.log").read_text())
        time.sleep(0.05)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _mib(process: psutil.Process) -> float:
    return float(getattr(process.memory_full_info(), "pss", process.memory_info().rss)) / 2**20


def _verb(argv: list[str]) -> str:
    words = [word for word in argv if not word.startswith("-") and "/python" not in word]
    return " ".join(Path(word).name for word in words[:4])
