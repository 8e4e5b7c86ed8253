"""Whether one process of a deployment is well, for the health checks of containers: exit code 0 says yes.

    python -P health.py host NAME | bot NAME | upkeep | memory | beat | web | flower

It asks what the process is for, not whether it runs: a supervisor sees that by itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from http import HTTPStatus

from bots import alive
from tasks.contracts.errors import RookeryError
from tasks.contracts.settings import Settings, load
from tasks.jobs import fleet_moves, remembering
from tasks.jobs.store import Store
from tasks.jobs.values import Status
from workers.supervision.ports import LOOPBACK, http_status

HEARTBEAT_LATE_MS = 90_000  # three of beat's
PING_TIMEOUT_S = 3.0
UNWELL, MISUSED = 1, 2
NAMED = ("host", "bot")


def host_fault(status: Status, name: str) -> str:
    """Return why a host cannot answer, or nothing: agent and engine live, and what it loads at its start is there."""
    seen = next((host for host in status.hosts if host.name == name and host.live), None)
    if seen is None:
        return f"no agent of host {name!r} is alive"
    memory = seen.about.get("memory", {})
    if memory.get("trouble"):
        return f"the engine of host {name!r} does not answer: {memory['trouble']}"
    if memory.get("settled"):
        return ""
    waiting = [model["name"] for model in seen.about.get("models", []) if model["state"] != "ready"]
    return f"host {name!r} is not ready with {', '.join(waiting) or 'any model'}"


def beat_fault(status: Status) -> str:
    """Return why beat seems to have stopped, or nothing."""
    if not status.heartbeat_ms:
        return "beat was never heard"
    silent_ms = status.now_ms - status.heartbeat_ms
    return f"beat was heard {silent_ms // 1000} s ago" if silent_ms > HEARTBEAT_LATE_MS else ""


def _host(settings: Settings, name: str) -> str:
    return host_fault(_status(settings), name)


def _bot(settings: Settings, name: str) -> str:
    section = getattr(settings.fleet, name, None)
    bot = section.name if section is not None else name
    process = Store.open(settings.redis_url, settings.namespace).run(alive.process_of(bot))
    return "" if process else f"no bot {bot!r} is alive"


def _beat(settings: Settings) -> str:
    return beat_fault(_status(settings))


def _upkeep(settings: Settings) -> str:
    from celery.utils.nodenames import gethostname  # noqa: PLC0415  # Celery for this one alone

    from tasks.celery import app  # noqa: PLC0415

    app.conf.update(broker_url=settings.redis_url)
    node = f"upkeep@{gethostname()}"
    return "" if app.control.ping(destination=[node], timeout=PING_TIMEOUT_S) else f"{node} does not answer"


def _memory(settings: Settings) -> str:
    store = Store.open(settings.redis_url, settings.namespace)
    return "" if store.run(remembering.somebody()) else "nobody says that they remember"


def _web(settings: Settings) -> str:
    return _answers(f"http://{LOOPBACK}:{settings.fleet.web.port}/healthz")


def _flower(settings: Settings) -> str:
    return _answers(f"http://{LOOPBACK}:{settings.fleet.flower.port}/healthcheck")


def _status(settings: Settings) -> Status:
    return Store.open(settings.redis_url, settings.namespace).run(fleet_moves.status())


def _answers(url: str) -> str:
    status = http_status(url)
    return "" if status == HTTPStatus.OK else f"{url} answers {status or 'nothing'}"


CHECKS: dict[str, Callable[..., str]] = {
    "host": _host,
    "bot": _bot,
    "upkeep": _upkeep,
    "memory": _memory,
    "beat": _beat,
    "web": _web,
    "flower": _flower,
}


def main(arguments: Sequence[str]) -> int:
    """Check the process that is named and return the exit code."""
    process, *names = arguments or [""]
    if process not in CHECKS or len(names) != (process in NAMED):
        print(__doc__, file=sys.stderr)  # noqa: T201
        return MISUSED
    try:
        fault = CHECKS[process](load(None, os.environ), *names)
    except (RookeryError, OSError) as exc:
        fault = str(exc)
    print(fault or "well")  # noqa: T201  # `docker inspect` shows it
    return UNWELL if fault else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
