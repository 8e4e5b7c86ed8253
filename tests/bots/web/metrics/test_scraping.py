"""`GET /metrics`, served for real and read by Prometheus' own parser."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bots.web.metrics import exposition, names
from bots.web.metrics.names import Kind
from tasks.contracts.jobs import NOTICES
from tests.bots.web.metrics import day
from tests.bots.web.metrics.day import CROW, OWL, WREN
from tests.tasks.jobs.flock import Flock

Samples = dict[tuple[str, tuple[str, ...]], float]


def scraped(client: httpx.Client) -> Samples:
    """Return what is told: by name and values of labels, in the order in which the metric has them."""
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"] == exposition.CONTENT_TYPE
    labels = {metric.name: metric.labels for metric in names.METRICS}
    found = {}
    for family in text_string_to_metric_families(response.text):
        named = labels[family.name if family.name in labels else f"{family.name}_total"]
        for sample in family.samples:
            of_bucket = ("le",) if sample.name.endswith("_bucket") else ()
            found[sample.name, tuple(sample.labels[label] for label in (*named, *of_bucket))] = sample.value
            assert {*sample.labels} == {*named, *of_bucket}
    return found


def of(samples: Samples, name: str) -> dict[tuple[str, ...], float]:
    return {labels: value for (each, labels), value in samples.items() if each == f"rookery_{name}"}


@pytest.fixture
def evening(flock: Flock, client: httpx.Client) -> Samples:
    day.played(flock)
    return scraped(client)


def test_a_day_of_known_jobs_gives_exactly_these_counts(evening: Samples) -> None:
    told = {name: of(evening, name) for name in EXPECTED}
    assert told == EXPECTED


EXPECTED: dict[str, dict[tuple[str, ...], float]] = {
    "ledger_up": {(): 1},
    "jobs_live": {(): 2},
    "jobs_dead": {(): 0},
    "archive_owed": {(): 0},
    "jobs_total": {(WREN,): 6, (CROW,): 3, (OWL,): 0},
    "jobs_model_ready_total": {(WREN,): 5, (CROW,): 3, (OWL,): 0},
    "replies_total": {("anvil", WREN): 3, ("bellows", CROW): 1, ("anvil", CROW): 0, ("bellows", OWL): 0},
    "replies_cached_total": {(WREN,): 1, (CROW,): 0, (OWL,): 0},
    "errors_total": {(model, cause.value): 0 for model in (WREN, CROW, OWL) for cause in NOTICES}
    | {(WREN, "rejected"): 1, (CROW, "expired"): 1},
    "retries_total": {("bellows", CROW, "EngineStalled"): 1},
    "deliveries_total": {("pull", "delivered"): 5, ("heron", "delivered"): 1, ("pull", "withdrawn"): 1},
    "response_seconds_count": {(WREN, "reply"): 3, (WREN, "notice"): 1, (CROW, "reply"): 1, (CROW, "notice"): 1},
    "wait_seconds_count": {(WREN,): 4, (CROW,): 2},
    "first_token_seconds_count": {(WREN,): 3, (CROW,): 1},
    "queue_depth": {(WREN,): 2, (CROW,): 0, (OWL,): 0},
    "host_up": {("anvil",): 1, ("bellows",): 1, ("gone",): 0},
    "host_trouble": {("anvil",): 0, ("bellows",): 1},
    "budget_gib": {("anvil",): 24, ("bellows",): 24},
    "used_gib": {("anvil",): 6, ("bellows",): 5.5},
    "foreign_gib": {("anvil",): 1.5, ("bellows",): 1.5},
    "resident_gib": {("anvil", WREN): 6, ("bellows", CROW): 5.5},
    "slots": {("anvil", WREN): 4, ("bellows", CROW): 4},
    "slots_busy": {("anvil", WREN): 2, ("bellows", CROW): 0},
    "breaker": {("anvil", WREN): 0, ("bellows", CROW): 2},
    "loads_total": {("anvil", WREN): 2, ("anvil", CROW): 1, ("bellows", CROW): 1, ("bellows", OWL): 0},
    "load_failures_total": {("anvil", WREN): 0, ("anvil", CROW): 0, ("bellows", CROW): 0, ("bellows", OWL): 1},
    "unloads_total": {("anvil", WREN): 1, ("anvil", CROW): 1, ("bellows", CROW): 0, ("bellows", OWL): 0},
    "load_seconds_count": {(WREN,): 2, (CROW,): 2},
    "load_seconds_sum": {(WREN,): 5, (CROW,): 9},
    "swaps_total": {("anvil", WREN): 1, ("anvil", CROW): 1, ("bellows", CROW): 0, ("bellows", OWL): 0},
    "swaps_forced_total": {("anvil", WREN): 0, ("anvil", CROW): 0, ("bellows", CROW): 0, ("bellows", OWL): 0},
    "swap_seconds_count": {("anvil", WREN): 1, ("anvil", CROW): 1},
    "swap_seconds_sum": {("anvil", WREN): 4, ("anvil", CROW): 8},
    "tokens_total": {
        ("anvil", WREN, "prompt"): 60,
        ("anvil", WREN, "completion"): 15,
        ("anvil", CROW, "prompt"): 0,
        ("anvil", CROW, "completion"): 0,
        ("bellows", CROW, "prompt"): 100,
        ("bellows", CROW, "completion"): 50,
        ("bellows", OWL, "prompt"): 0,
        ("bellows", OWL, "completion"): 0,
    },
}


def test_every_model_of_the_catalogue_has_a_queue_on_the_first_day_too(client: httpx.Client) -> None:
    told = scraped(client)
    assert (
        of(told, "queue_depth")
        == of(told, "queue_oldest_seconds")
        == {
            (WREN,): 0,
            (CROW,): 0,
            (OWL,): 0,
        }
    )
    assert of(told, "jobs_total") == {(WREN,): 0, (CROW,): 0, (OWL,): 0}


def test_how_long_the_oldest_has_waited_is_told(client: httpx.Client, flock: Flock) -> None:
    job = flock.submit(model=WREN)
    flock.client.zincrby(flock.store.key("models"), -30_000, WREN)
    assert flock.state(job) == "queued"
    ((_, waited_s),) = [(slug, s) for (slug,), s in of(scraped(client), "queue_oldest_seconds").items() if slug == WREN]
    assert 30 <= waited_s < 60


def test_buckets_are_cumulative_and_end_with_all(evening: Samples) -> None:
    buckets = {labels[1]: value for labels, value in of(evening, "load_seconds_bucket").items() if labels[0] == WREN}
    assert list(buckets.values()) == sorted(buckets.values())
    bounds = {float(bound): count for bound, count in buckets.items()}
    assert (bounds[1.0], bounds[2.5], bounds[5.0], bounds[math.inf]) == (0, 1, 2, 2)


def test_every_metric_is_told_of_by_the_end_of_such_a_day(flock: Flock, client: httpx.Client) -> None:
    anvil, _ = day.played(flock)
    flock.client.set(flock.store.key("heartbeat"), 1)
    said = day.about(day.resident(WREN, 6.0)).replace('"standing"', '"decode_tokens_per_s": 31.5, "standing"')
    day.beat(flock, anvil, said, WREN)
    told = {family.name for family in text_string_to_metric_families(client.get("/metrics").text)}
    assert told == {metric.name.removesuffix("_total" * (metric.kind is Kind.COUNTER)) for metric in names.METRICS}


def test_another_process_tells_the_same(flock: Flock, client: httpx.Client, open_site: Callable[..., Any]) -> None:
    day.played(flock)
    with httpx.Client(base_url=open_site(flock.url).url, trust_env=False) as other:
        (one, two) = (of(scraped(each), "response_seconds_sum") for each in (client, other))
    assert one == two


def test_without_redis_it_says_so(
    client: httpx.Client, kill_redis: Callable[[], None], revive_redis: Callable[[], None]
) -> None:
    kill_redis()
    assert scraped(client) == {("rookery_ledger_up", ()): 0}
    revive_redis()
