from __future__ import annotations

import pytest

from benchmarks.simulator.arrivals import Arrival
from benchmarks.simulator.machine import Request
from benchmarks.simulator.outcome import gap_s, least_makespan_s
from benchmarks.simulator.scenarios import Scenario, SimHost, SimModel, scenario

HOST = SimHost(20.0, 2.0, 100.0)


def request(at_s: float, began_s: float = -1.0, given_up_s: float = -1.0) -> Request:
    return Request(at_s, 0, 10.0, began_s=began_s, ended_s=began_s, given_up_s=given_up_s)


@pytest.mark.parametrize(
    ("requests", "longest_s"),
    [
        ([request(0.0, began_s=5.0)], 5.0),
        ([request(0.0, began_s=5.0), request(1.0, began_s=9.0)], 5.0),
        ([request(0.0, given_up_s=120.0), request(100.0, began_s=150.0)], 150.0),
        ([request(0.0, given_up_s=120.0), request(130.0, began_s=150.0)], 120.0),
        ([request(0.0)], 200.0),
    ],
)
def test_a_gap_is_ended_by_a_start_or_by_nobody_waiting(requests: list[Request], longest_s: float) -> None:
    assert gap_s(requests, 200.0) == longest_s


def test_no_makespan_is_shorter_than_the_work_nor_than_one_answer_alone() -> None:
    scene = Scenario("x", (SimModel(10.0, 1),), (HOST, HOST), ())
    alone = [Request(5.0, 0, 100.0)]
    assert least_makespan_s(scene, alone) == pytest.approx(5.0 + 100 * 0.1)
    assert least_makespan_s(scene, alone * 4) == pytest.approx(5.0 + 4 * 100 * 0.1 / 2)


def test_a_scenario_is_the_same_for_the_same_seed_and_as_busy_as_it_says() -> None:
    first, again, other = (scenario("smallbox", 0.5, seed, count=2_000) for seed in (1, 1, 2))
    assert first == again
    assert first.arrivals != other.arrivals
    span_s = first.arrivals[-1].at_s
    work = sum(first.models[each.model].work(each.tokens) for each in first.arrivals)
    assert work / (span_s * first.hosts[0].read_gib_s) == pytest.approx(0.5, rel=0.15)


def test_a_storm_is_a_part_of_it_all_at_once() -> None:
    calm = scenario("seed2mac", 0.45, 1, count=100)
    storm = calm.storm()
    assert len(storm.arrivals) == 20
    assert storm.arrivals[-1].at_s < 0.001
    assert [each.model for each in storm.arrivals] == [each.model for each in calm.arrivals[:20]]
    assert isinstance(storm.arrivals[0], Arrival)
