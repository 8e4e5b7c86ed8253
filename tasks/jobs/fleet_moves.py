"""The moves of hosts as values: who is up, what each holds and may hold, and what they do for the ledger's upkeep."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tasks.jobs import record
from tasks.jobs.values import Backlog, HostSeen, Move, Status, says


def host_join(host: str, machine: str, ttl_ms: int) -> Move[tuple[int, str]]:
    """Take up a host's name: (fence, '') or (0, the machine that has it)."""
    return Move("host_join", (host, machine, ttl_ms), lambda answer: (answer[0], answer[1]), rings=False)


def host_beat(host: str, fence: int, ttl_ms: int, about: str, slugs: Sequence[str]) -> Move[bool]:
    """Say that the host lives; False when its name has been taken over."""
    return Move("host_beat", (host, fence, ttl_ms, about, *slugs), says("live"), rings=False)


def host_leave(host: str, fence: int, slugs: Sequence[str]) -> Move[bool]:
    """Leave on purpose; False when the name has been taken over already."""
    return Move("host_leave", (host, fence, *slugs), says("gone"), rings=False)


def recover(host: str, *, model_slug: str = "", worker: str = "", blame: bool = False) -> Move[int]:
    """Put back what a dead worker of `host` held; `blame` counts it as a crash of the jobs."""
    return Move("recover", (host, model_slug, worker, "1" if blame else "0"), int)


def status() -> Move[Status]:
    """Read what waits for which model, and which hosts are up."""

    def read(answer: list[Any]) -> Status:
        now_ms, heartbeat, live, dead, backlog, hosts = answer
        return Status(
            now_ms=now_ms,
            heartbeat_ms=int(heartbeat),
            live=live,
            dead=dead,
            backlogs=tuple(
                Backlog(name, int(waiting), int(oldest), int(bells))
                for name, waiting, oldest, bells in record.fours(backlog)
            ),
            hosts=tuple(
                HostSeen(name, int(expiry) > now_ms, int(fence), json.loads(about))
                for name, expiry, fence, about in record.fours(hosts)
            ),
        )

    return Move("status", (), read, rings=False)
