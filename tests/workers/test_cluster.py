"""Two LM Studios (emulated, before real llama.cpps), each behind an agent: found, shared, lost and found again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tasks.contracts.jobs import JobState, JobView, Outcome
from tasks.contracts.messages import Sampling
from tasks.jobs import fleet_moves
from tasks.jobs.health import HostStatus
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.lmstudio import LMStudio
from tests.workers.household import Household, until

pytestmark = pytest.mark.slow
ALPHA, BETA = Stock("tiny-a", 1, 2.0), Stock("tiny-b", 2, 2.0)
GREEDY = Sampling(temperature=0.0, max_tokens=8, seed=1)
ONE, TWO = "studio-one", "studio-two"
MANY = 12
FLEET = """
[jobs]
deadline_s = 120
[[model]]
name = "alpha"
aliases = {{lmstudio = "tiny-a"}}
context_tokens = 2048
slots = 1
memory_gib = 2
[[model]]
name = "beta"
aliases = {{lmstudio = "tiny-b"}}
context_tokens = 2048
slots = 1
memory_gib = 2
[[host]]
name = "studio-one"
engine = "lmstudio+{one}"
memory_gib = 8
preload = ["alpha"]
[[host]]
name = "studio-two"
engine = "lmstudio+{two}"
memory_gib = 8
preload = ["alpha", "beta"]
"""


@dataclass
class Cluster:
    """The two servers, and the house whose agents front them."""

    house: Household
    one: LMStudio
    two: LMStudio

    def asked(self, count: int, model: str = "alpha") -> list[JobView]:
        """Have so many people ask at once; every one of them gets the reply of the model that they asked for."""
        views = self.house.asked(count, "hello", model=model, sampling=GREEDY, remember=False)
        alias = {"alpha": ALPHA.name, "beta": BETA.name}[model]
        assert [(view.outcome, view.answered_by) for view in views] == [(Outcome.REPLY, alias)] * count
        return views


@pytest.fixture(scope="module")
def cluster(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    redis_server.ensure()
    with (
        Children(tmp_path_factory.mktemp("models")) as children,
        LMStudio(children, ALPHA, BETA, parallel=1) as one,
        LMStudio(children, ALPHA, BETA, parallel=1) as two,
    ):
        fleet = FLEET.format(one=one.url, two=two.url)
        house = Household(tmp_path_factory.mktemp("cluster"), redis_server.url, fleet)
        house.flock.client.flushall()
        house.start(ONE)
        house.start(TWO)
        until(lambda: house.here(ONE) and house.here(TWO), "both hosts")
        yield Cluster(house, one, two)
        house.close()


def test_it_connects_to_multiple_servers(cluster: Cluster) -> None:
    assert [copy.stock for copy in cluster.one.copies] == [ALPHA]
    assert sorted(copy.stock.name for copy in cluster.two.copies) == [ALPHA.name, BETA.name]


def test_it_detects_availability(cluster: Cluster) -> None:
    records = {name: cluster.house.record(name) for name in (ONE, TWO)}
    assert {name: (each.status, each.resident) for name, each in records.items()} == {
        ONE: (HostStatus.AVAILABLE, ["alpha"]),
        TWO: (HostStatus.AVAILABLE, ["alpha", "beta"]),
    }
    assert [each.address for each in records.values()] == [cluster.one.url, cluster.two.url]


def test_it_routes_to_available_servers_and_prefers_the_server_with_the_model(cluster: Cluster) -> None:
    answers = [cluster.asked(1, "beta")[0] for _ in range(3)]
    assert {view.host for view in answers} == {TWO}
    assert cluster.house.flock.store.run(fleet_moves.stats()).total.loads == 0


def test_it_distributes_load_and_queues_when_busy(cluster: Cluster) -> None:
    views = cluster.asked(MANY)
    assert {view.host for view in views} == {ONE, TWO}
    for host in (ONE, TWO):
        spans = sorted(span(view) for view in views if view.host == host)
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans)), host


def test_it_detects_an_offline_server_redistributes_on_failure_and_reconnects(cluster: Cluster) -> None:
    cluster.one.kill()
    assert {view.host for view in cluster.asked(MANY)} == {TWO}
    until(lambda: not cluster.house.record(ONE).well, "the server that is away, told")

    cluster.one.restart()
    until(lambda: cluster.house.record(ONE).status == HostStatus.AVAILABLE, "the server that is back")
    until(lambda: ONE in {view.host for view in cluster.asked(MANY)}, "work for it")
    assert [copy.stock for copy in cluster.one.copies] == [ALPHA]


def span(view: JobView) -> tuple[int, int]:
    """Return when a job was claimed and when it had its answer."""
    at_ms = {mark.state: mark.at_ms for mark in view.marks}
    return at_ms[JobState.CLAIMED], at_ms[JobState.DONE]
