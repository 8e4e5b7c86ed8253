"""The web bot as a process of its own on the stage, and what it weighs."""

from __future__ import annotations

import sys
from http import HTTPStatus

import psutil

from benchmarks.stage import Stage
from workers.supervision.ports import free_port, http_status

MB = 1e6
CONFIG = """\
[redis]
url = "{redis}"
[web]
port = {port}
"""


def web(made: Stage, redis: str) -> tuple[str, int]:
    """Start what `rookery run bot web` starts, in front of the ledger at `redis`; return its address and pid."""
    port = free_port()
    config = made.folder / f"web-{port}.toml"
    config.write_text(CONFIG.format(redis=redis, port=port))
    url = f"http://127.0.0.1:{port}"
    pid = made.program(
        "web",
        [sys.executable, "-P", "-m", "rookery", "run", "bot", "web"],
        env={"ROOKERY_CONFIG": str(config)},
        cwd=made.folder,
        ready=lambda: http_status(f"{url}/healthz") == HTTPStatus.OK,
    )
    return url, pid


def rss_mb(pid: int) -> float:
    """Return the memory of a program: of the largest process among it and those below it."""
    process = psutil.Process(pid)
    return float(max(each.memory_info().rss for each in (process, *process.children(recursive=True)))) / MB
