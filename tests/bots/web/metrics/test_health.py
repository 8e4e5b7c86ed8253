"""The health checks of the web bot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from tests.bots.web.metrics.day import WREN
from tests.tasks.jobs.flock import Flock


def test_it_is_well_while_redis_answers(
    client: httpx.Client, kill_redis: Callable[[], None], revive_redis: Callable[[], None], eventually: Any
) -> None:
    assert (client.get("/healthz").status_code, client.get("/readyz").json()["redis"]) == (200, "reachable")
    kill_redis()
    assert client.get("/healthz").status_code == 503
    eventually(lambda: client.get("/readyz").json()["redis"] == "away", "the death to be noticed")
    assert client.get("/readyz").status_code == 503
    revive_redis()


def test_it_is_ready_once_a_host_is_up(client: httpx.Client, flock: Flock, eventually: Any) -> None:
    before = client.get("/readyz")
    assert (before.status_code, before.json()) == (503, {"redis": "reachable", "hosts": 0, "ending": False})
    flock.host("anvil", WREN)
    eventually(lambda: client.get("/readyz").status_code == 200, "the host to be seen")
    assert client.get("/readyz").json() == {"redis": "reachable", "hosts": 1, "ending": False}
