"""How much memory the machine under a host has."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from tasks.contracts.fleet import Host

GIB = 2**30
#: What a container may use, as its inside sees it.
CONTAINER_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
HERE = ("localhost", "127.0.0.1", "::1")


def memory_gib(host: Host) -> float | None:
    """Return what the machine of a host's engine has; None where that is another machine than this one."""
    if host.address and urlsplit(host.address).hostname not in HERE:
        return None
    limits = [limit for path in CONTAINER_LIMITS if (limit := _limit(path)) is not None]
    return min([psutil.virtual_memory().total, *limits]) / GIB


def _limit(path: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(path.read_text("ascii"))
    return None
