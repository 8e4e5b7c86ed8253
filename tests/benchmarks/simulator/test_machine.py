from __future__ import annotations

import pytest

from benchmarks.simulator.machine import Machine, Request
from benchmarks.simulator.scenarios import BATCH_COST, SimHost, SimModel

HOST = SimHost(memory_gib=20.0, load_gib_s=2.0, read_gib_s=100.0)
MODELS = (SimModel(10.0, 2), SimModel(10.0, 2), SimModel(15.0, 2))
ROUND_S = 0.1  # 10 GiB at 100 GiB/s


@pytest.fixture
def machine() -> Machine:
    """A host that holds the first two models, since time 0."""
    made = Machine(0, HOST, MODELS)
    for model in (0, 1):
        made.start_change(model, [], forced=False)
        made.go_on(0.0)
        made.finish_change(0.0)
    return made


def test_a_load_takes_its_fixed_time_and_that_of_its_size() -> None:
    made = Machine(0, HOST, MODELS)
    made.start_change(0, [], forced=False)
    assert made.go_on(0.0) == 1.5 + 5.0
    assert not made.has_slot(0)
    made.finish_change(6.5)
    assert made.has_slot(0)
    assert (made.free_gib, made.loaded_gib, made.load_times_s) == (10.0, 10.0, [0.0])


def test_an_answer_alone_takes_a_round_for_each_token(machine: Machine) -> None:
    machine.begin(Request(0.0, 0, 50.0), 0.0)
    assert machine.next_end_s() == pytest.approx(50 * ROUND_S)


def test_a_second_answer_of_a_model_slows_both_a_little(machine: Machine) -> None:
    first, second = Request(0.0, 0, 50.0), Request(0.0, 0, 50.0)
    machine.begin(first, 0.0)
    machine.begin(second, 0.0)
    takes_s = machine.next_end_s()
    assert takes_s == pytest.approx(50 * ROUND_S * (1 + BATCH_COST))
    assert takes_s is not None
    assert machine.end(takes_s) == [first, second]
    assert not machine.has_slot(2)


def test_two_models_share_a_host_by_turns(machine: Machine) -> None:
    machine.begin(Request(0.0, 0, 50.0), 0.0)
    machine.begin(Request(0.0, 1, 50.0), 0.0)
    assert machine.next_end_s() == pytest.approx(50 * ROUND_S * 2)


def test_what_was_done_before_another_came_stays_done(machine: Machine) -> None:
    machine.begin(Request(0.0, 0, 50.0), 0.0)
    machine.begin(Request(0.0, 1, 100.0), 2.5)  # half of the first is done
    assert machine.next_end_s() == pytest.approx(25 * ROUND_S * 2)


def test_a_model_has_so_many_slots(machine: Machine) -> None:
    for _ in range(2):
        machine.begin(Request(0.0, 0, 50.0), 0.0)
    assert not machine.has_slot(0)
    assert machine.has_slot(1)


def test_a_victim_that_is_in_use_finishes_first_and_begins_nothing_more(machine: Machine) -> None:
    machine.begin(Request(0.0, 0, 50.0), 0.0)
    machine.start_change(2, [0, 1], forced=True)
    assert machine.go_on(0.0) is None
    assert not machine.has_slot(0)
    assert 1 not in machine.held
    takes_s = machine.next_end_s()
    assert takes_s is not None
    machine.end(takes_s)
    assert machine.go_on(takes_s) == 1.5 + 7.5
    assert (machine.forced_s, machine.free_gib) == (9.0, 5.0)
