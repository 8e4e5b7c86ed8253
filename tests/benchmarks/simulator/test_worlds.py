from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchmarks.simulator.arrivals import Arrival
from benchmarks.simulator.contenders import CHOICES, CONTENDERS, EXHAUSTIVE
from benchmarks.simulator.ideal import Ideal
from benchmarks.simulator.outcome import outcome
from benchmarks.simulator.pull import LOOK, Pull
from benchmarks.simulator.push import OneQueue, Routed, affinity, in_turn, least_loaded
from benchmarks.simulator.scenarios import MAC, Scenario, SimHost, SimModel, scenario
from benchmarks.simulator.world import World
from workers.residency.policy import decide
from workers.residency.rules import Rules
from workers.residency.shedding import is_beyond_help, never

DEADLINE_S = 120.0
HOST = SimHost(memory_gib=20.0, load_gib_s=2.0, read_gib_s=100.0)
RULES = Rules.for_deadline(DEADLINE_S)


def flock(asked: Sequence[tuple[float, int]], sizes_gib: Sequence[float], hosts: int = 1) -> Scenario:
    """Return hosts of 20 GiB and requests of ten tokens, as (time, model)."""
    models = tuple(SimModel(size, 4) for size in sizes_gib)
    arrivals = tuple(Arrival(at_s, model, 10.0) for at_s, model in asked)
    return Scenario("test", models, (HOST,) * hosts, arrivals)


def ran(world: World) -> World:
    world.run()
    return world


def pull(scene: Scenario) -> World:
    return ran(Pull(scene, RULES, decide, never))


@pytest.mark.parametrize("make", (CONTENDERS | CHOICES).values(), ids=(CONTENDERS | CHOICES).keys())
def test_every_request_is_answered_or_given_up_and_memory_adds_up(make: object) -> None:
    assert callable(make)
    world = ran(make(scenario("smallbox", 0.9, seed=1, count=300), DEADLINE_S))
    assert all((request.ended_s >= 0) != (request.given_up_s >= 0) for request in world.requests)
    for machine in world.machines:
        held_gib = sum(world.models[model].size_gib for model in machine.held)
        assert not isinstance(world, Ideal) or not machine.load_times_s
        assert isinstance(world, Ideal) or 0 <= machine.free_gib == pytest.approx(machine.spec.memory_gib - held_gib)


def test_a_model_comes_when_it_is_asked_for_and_stays_while_there_is_room() -> None:
    world = pull(flock([(0.0, 0), (20.0, 1), (40.0, 0), (60.0, 1)], [10.0, 10.0]))
    assert len(world.machines[0].load_times_s) == 2
    assert [request.began_s - request.at_s < 0.1 for request in world.requests] == [False, False, True, True]


def test_hosts_serve_what_they_hold_before_they_swap() -> None:
    asked = [(number * 0.01, number % 2) for number in range(20)]
    world = pull(flock(asked, [15.0, 15.0]))
    assert len(world.machines[0].load_times_s) == 2
    one_queue = ran(OneQueue(flock(asked, [15.0, 15.0]), DEADLINE_S))
    assert len(one_queue.machines[0].load_times_s) > 2


def test_a_simulation_is_the_same_each_time() -> None:
    scene = scenario("smallbox", 1.3, seed=4, count=300)
    assert outcome(pull(scene)) == outcome(pull(scene))


def test_routers_send_each_request_where_they_say() -> None:
    asked = [(number * 30.0, 0) for number in range(9)]
    scene = flock(asked, [10.0], hosts=3)
    turns = ran(Routed(scene, DEADLINE_S, in_turn))
    assert [len(machine.load_times_s) for machine in turns.machines] == [1, 1, 1]
    loyal = ran(Routed(scene, DEADLINE_S, affinity))
    assert sorted(len(machine.load_times_s) for machine in loyal.machines) == [0, 0, 1]
    at_once = flock([(0.0, model) for model in range(3)], [10.0] * 3, hosts=3)
    spread = ran(Routed(at_once, DEADLINE_S, least_loaded))
    assert Counter(len(machine.load_times_s) for machine in spread.machines) == {1: 3}


def test_nothing_is_begun_after_its_deadline_and_nothing_hopeless_where_it_is_shed() -> None:
    scene = scenario("smallbox", 1.3, seed=2, count=600)
    plain, shedding = pull(scene), ran(Pull(scene, RULES, decide, is_beyond_help))
    begun = [request for request in plain.requests if request.began_s >= 0]
    assert max(request.began_s - request.at_s for request in begun) <= DEADLINE_S
    assert outcome(shedding).missed < outcome(plain).missed


def test_a_host_sees_a_bounded_part_of_a_long_queue_from_its_head_to_its_end() -> None:
    world = Pull(
        flock([(float(number), 0) for number in range(100)] + [(100.0, 0)] * 200, [10.0]), RULES, decide, never
    )
    world.now_s = 110.0
    world.queues[0].extend(world.requests)
    demand = world.view(world.machines[0], [0]).candidates[0].demand
    assert (demand.count, len(demand.ages_s)) == (300, LOOK)
    assert (demand.ages_s[0], demand.ages_s[-1]) == (110.0, 10.0)
    assert sum(demand.stands_for) == pytest.approx(300)


def test_ten_personas_on_two_large_machines_are_placed_once_and_a_thousand_jobs_swap_nothing() -> None:
    """Ten personas on models of ~200 GB, and two machines of 128 GB: all are resident, and stay for a thousand jobs."""
    sizes = (40.0, 29.0, 45.0, 17.0, 20.0, 8.0, 8.0, 8.0, 8.0, 8.0)
    made = scenario("seed2mac", 0.3, seed=3, count=1_000)
    arrivals = tuple(replace(each, model=number % len(sizes)) for number, each in enumerate(made.arrivals))
    hosts = (replace(MAC, memory_gib=128.0),) * 2
    world = pull(Scenario("two machines", tuple(SimModel(size, 4) for size in sizes), hosts, arrivals))
    assert isinstance(world, Pull)
    assert all(world.holders)
    assert sum(len(machine.load_times_s) for machine in world.machines) == sum(
        map(len, world.holders)
    )  # none came twice
    assert all(request.ended_s >= 0 for request in world.requests)


def test_exhaustive_lets_others_starve_and_sticky_bounds_that() -> None:
    """Two small models without a pause, and a large one that needs the place of both."""
    asked = sorted([(0.2 * number, number % 2) for number in range(6_000)] + [(100.0 + 50 * n, 2) for n in range(20)])
    scene = flock(asked, [10.0, 10.0, 15.0])
    rules = Rules.for_deadline(DEADLINE_S)
    gaps_s = {name: outcome(ran(CONTENDERS[name](scene, DEADLINE_S))).gap_s for name in (EXHAUSTIVE, "Rookery")}
    load_s, answer_s = 9.0, 30.0
    bound_s = rules.starving_after_s + 0.5 + rules.residence_starving_s + answer_s + 2 * load_s
    assert gaps_s["Rookery"] <= bound_s < gaps_s[EXHAUSTIVE]
