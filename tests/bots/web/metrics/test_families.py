"""From what the ledger says to metrics."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bots.web.metrics import families, names
from bots.web.metrics.families import Seen
from bots.web.metrics.names import Metric
from tasks.jobs.archive import Owed
from tasks.jobs.fleet_values import FleetStats, Tally
from tasks.jobs.measures import Measures
from tasks.jobs.values import Backlog, HostSeen, Status
from tests.bots.web.metrics import day


def told(*hosts: HostSeen, stats: FleetStats | None = None, backlogs: tuple[Backlog, ...] = ()) -> dict[Metric, Any]:
    """Return the values of each metric, where these hosts are all there is."""
    status = Status(now_ms=100_000, heartbeat_ms=0, live=0, dead=0, backlogs=backlogs, hosts=hosts)
    seen = Seen(status, stats or FleetStats({}), Measures((), {}, {}), Owed(3, 1.0), ["crow"])
    return {family.metric: family.values for family in families.of(seen)}


def host(about: dict[str, Any], *, live: bool = True) -> HostSeen:
    return HostSeen("anvil", live, 1, about)


@pytest.mark.parametrize("about", [{}, {"memory": None}, {"memory": {}, "models": []}])
def test_a_host_that_says_little_is_told_of_as_far_as_it_goes(about: dict[str, Any]) -> None:
    values = told(host(about))
    assert (values[names.HOST_UP], values[names.HOST_TROUBLE]) == ({("anvil",): 1}, {("anvil",): 0})
    assert values[names.BUDGET] == values[names.RESIDENT] == values[names.BREAKER] == {}


def test_memory_without_a_bound_has_no_budget() -> None:
    about = json.loads(day.about(day.resident("crow", 6.0)))
    about["memory"]["total_gib"] = None
    values = told(host(about))
    assert (values[names.BUDGET], values[names.USED]) == ({}, {("anvil",): 6.0})


def test_of_a_host_that_is_gone_nothing_is_told_but_that() -> None:
    values = told(host(json.loads(day.about(day.resident("crow", 6.0))), live=False))
    assert values[names.HOST_UP] == {("anvil",): 0}
    assert [metric.name for metric in values if values[metric] and "host" in metric.labels] == ["rookery_host_up"]


@pytest.mark.parametrize(("standing", "number"), [("trusted", 0), ("probation", 1), ("open", 2), ("unheard of", 0)])
def test_a_breaker_is_a_number(standing: str, number: int) -> None:
    about = json.loads(day.about(day.resident("crow", 6.0), standing=standing))
    assert told(host(about))[names.BREAKER] == {("anvil", "crow"): number}


def test_beat_that_was_never_heard_has_no_age() -> None:
    assert names.BEAT_AGE not in told()


def test_a_model_that_left_the_file_while_people_wait_for_it_is_still_told_of() -> None:
    values = told(backlogs=(Backlog("wren", 2, 70_000, 2),), stats=FleetStats({("owl", ""): Tally(submitted=4)}))
    assert values[names.QUEUE_DEPTH] == {("crow",): 0, ("owl",): 0, ("wren",): 2}
    assert values[names.QUEUE_OLDEST] == {("crow",): 0, ("owl",): 0, ("wren",): 30.0}
    assert values[names.SUBMITTED] == {("crow",): 0, ("owl",): 4, ("wren",): 0}


def test_without_a_ledger_there_is_nothing_but_that() -> None:
    assert [(family.metric, family.values) for family in families.of(None)] == [(names.LEDGER_UP, {(): 0})]
