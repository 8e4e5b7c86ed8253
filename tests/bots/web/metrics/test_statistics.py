"""`GET /api/llm/stats`, after a day of which everything is known."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from tests.bots.web.metrics import day
from tests.bots.web.metrics.day import CROW, OWL, WREN
from tests.tasks.jobs.flock import Flock


def test_a_scripted_day_gives_exact_numbers(flock: Flock, client: httpx.Client) -> None:
    day.played(flock)
    told = client.get("/api/llm/stats").json()
    assert (told["jobs"], told["hits"], told["hit_rate"]) == (9, 8, 0.8889)
    assert told["swaps"] == {"count": 2, "forced": 0, "average_s": 6.0}
    assert told["loads"] == {"count": 4, "failed": 1, "average_s": 3.5}
    assert {slug: each["share"] for slug, each in told["models"].items()} == {WREN: 0.75, CROW: 0.25, OWL: 0.0}
    assert {slug: each["replies"] for slug, each in told["models"].items()} == {WREN: 3, CROW: 1, OWL: 0}
    assert {slug: each["hit_rate"] for slug, each in told["models"].items()} == {WREN: 0.8333, CROW: 1.0, OWL: None}
    assert told["tokens"] == {"prompt": 160, "completion": 65}
    assert (told["cached_replies"], told["notices"]) == (1, {"expired": 1, "rejected": 1})
    assert {host: each["replies"] for host, each in told["hosts"].items()} == {"anvil": 3, "bellows": 1}
    assert told["models"][WREN]["seconds"]["load"] == {"count": 2, "average": 2.5, "p50": 2.5, "p95": 4.75}
    assert told["seconds"]["response"]["count"] == 4


def test_before_the_first_job_there_are_no_shares_and_no_averages(client: httpx.Client) -> None:
    told = client.get("/api/llm/stats").json()
    assert (told["hit_rate"], told["share"], told["swaps"]["average_s"]) == (None, None, None)
    assert {*told["models"]} == {WREN, CROW, OWL}
    assert told["seconds"]["wait"] == {"count": 0, "average": None, "p50": None, "p95": None}


def test_without_redis_there_are_no_numbers(
    client: httpx.Client, kill_redis: Callable[[], None], revive_redis: Callable[[], None]
) -> None:
    kill_redis()
    refused = client.get("/api/llm/stats")
    assert (refused.status_code, refused.json()["error"]["type"]) == (503, "StoreUnavailable")
    revive_redis()
