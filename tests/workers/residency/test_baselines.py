from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.workers.residency.views import RULES, held_by, resident, view, waiting, wanted
from workers.residency.policy import decide
from workers.residency.strategies import STRATEGIES, Strategy
from workers.residency.view import Candidate, HostView, Load, Mode

GB40 = 40.0


def first_to_load(strategy: Strategy, hosts: list[HostView], candidate: Candidate) -> str | None:
    """Return the host whose claim comes first."""
    loads = [(strategy(replace(host, candidates=(candidate,)), RULES), host.host) for host in hosts]
    bids = [(load.bid, name) for load, name in loads if isinstance(load, Load)]
    return min(bids)[1] if bids else None


def host(name: str, *busy: int, memory_gib: float = 96.0) -> HostView:
    residents = [resident(f"{name}-{number}", 4.0, busy=count) for number, count in enumerate(busy)]
    return view(*residents, memory_gib=memory_gib, host=name)


def test_least_loaded_picks_who_has_the_least_in_hand() -> None:
    hosts = [host("a", 2, 1), host("b", 1), host("c", 4)]
    assert first_to_load(STRATEGIES["least-loaded"], hosts, wanted("new", 1.0)) == "b"


def test_round_robin_gives_nine_loads_to_three_hosts_in_turn() -> None:
    hosts = {name: view(memory_gib=96.0, host=name) for name in "abc"}
    turns = []
    for number in range(9):
        turn = first_to_load(STRATEGIES["round-robin"], list(hosts.values()), wanted(f"m{number}", 1.0))
        assert turn is not None
        turns.append(turn)
        for name, old in hosts.items():  # ten seconds later
            aged = [replace(each, ready_for_s=each.ready_for_s + 10.0) for each in old.residents]
            fresh = [resident(f"m{number}", ready_for_s=0.0)] if name == turn else []
            hosts[name] = view(*aged, *fresh, memory_gib=96.0, host=name)
    assert Counter(turns) == {"a": 3, "b": 3, "c": 3}
    assert len(set(turns[:3])) == len(set(turns[3:6])) == 3


def test_model_affinity_leaves_a_model_where_it_is() -> None:
    crowd = wanted("hot", *[50.0] * 60, service_s=9.0, holders=held_by("elsewhere"))
    assert first_to_load(STRATEGIES["model-affinity"], [host("a"), host("b")], crowd) is None
    assert first_to_load(STRATEGIES["least-loaded"], [host("a"), host("b")], crowd) is not None


def test_model_affinity_takes_the_most_free_memory_where_nobody_has_the_model() -> None:
    hosts = [host("a", 0, 0, 0), host("b", 0), host("c", 0, 0)]
    assert first_to_load(STRATEGIES["model-affinity"], hosts, wanted("new", 1.0)) == "b"


def test_memory_based_puts_large_models_on_hosts_with_much_memory() -> None:
    hosts = [host("small", memory_gib=32.0), host("middle", memory_gib=48.0), host("large", 4, memory_gib=192.0)]
    assert first_to_load(STRATEGIES["memory-based"], hosts, wanted("big", 1.0, size_gib=GB40)) == "large"
    assert first_to_load(STRATEGIES["memory-based"], hosts[:1], wanted("big", 1.0, size_gib=GB40)) is None


def test_memory_based_leaves_ties_to_who_has_the_least_in_hand() -> None:
    hosts = [host("a", 3), host("b", 1), host("c", 2)]
    for size_gib in (GB40, 4.0):
        assert first_to_load(STRATEGIES["memory-based"], hosts, wanted("new", 1.0, size_gib=size_gib)) == "b"


@pytest.mark.parametrize("name", ["least-loaded", "round-robin", "model-affinity", "memory-based"])
def test_the_simple_strategies_swap_at_once_and_keep_the_turn_of_who_waits_long(name: str) -> None:
    fresh = view(resident("old", 20.0, unused_for_s=0.0))
    assert first_to_load(STRATEGIES[name], [fresh], wanted("new", 1.0)) == "anvil"
    used = view(resident("used", 20.0, busy=1, demand=waiting("used", 1.0)))
    assert first_to_load(STRATEGIES[name], [used], wanted("new", 30.0)) is None
    assert first_to_load(STRATEGIES[name], [used], wanted("new", 70.0)) == "anvil"


@pytest.mark.parametrize("name", ["exhaustive", "exhaustive-shedding"])
def test_exhaustive_never_takes_a_model_in_use_however_long_others_wait(name: str) -> None:
    used = view(resident("used", 20.0, busy=1, demand=waiting("used", 1.0)))
    assert first_to_load(STRATEGIES[name], [used], wanted("new", *[100.0] * 40, turn_s=9_999.0)) is None
    assert first_to_load(STRATEGIES[name], [view(resident("old", 20.0))], wanted("new", 1.0)) == "anvil"


def test_exhaustive_copies_over_anything_idle() -> None:
    hot = wanted("hot", *[50.0] * 8, service_s=4.0, holders=held_by("forge"))
    load = STRATEGIES["exhaustive-shedding"](view(resident("last", 20.0), candidates=(hot,)), RULES)
    assert isinstance(load, Load)
    assert (load.evict, load.mode) == (("last",), Mode.ANY)


def test_only_exhaustive_without_shedding_loads_for_who_cannot_be_helped() -> None:
    late = wanted("late", 119.0)
    helped = {name for name, strategy in STRATEGIES.items() if first_to_load(strategy, [view()], late)}
    assert helped == {"exhaustive"}


def test_sticky_is_the_policy_itself() -> None:
    assert STRATEGIES["sticky"] is decide
