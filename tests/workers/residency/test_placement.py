"""Whatever a host sees, some things are never decided; and which host serves, loads or waits."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.workers.residency.views import DEADLINE_S, RULES, held_by, resident, view, waiting, wanted
from workers.residency.policy import decide
from workers.residency.strategies import STRATEGIES
from workers.residency.value import residence_s
from workers.residency.view import Candidate, Decision, HostView, Load, Mode, Reserve, Resident, ResidentState

MEMORY_GIB, ALMOST = 40.0, 1e-9
VIEWS = 1_500
EVICTING = 20  # at least so many of them are to make room


def a_resident(rng: random.Random, slug: str) -> Resident:
    states = [ResidentState.READY] * 6 + [ResidentState.LOADING, ResidentState.DRAINING]
    return resident(
        slug,
        rng.uniform(1.0, 20.0),
        load_s=rng.uniform(1.0, 30.0),
        state=rng.choice(states),
        busy=rng.choice([0, 0, 1, 4]),
        ready_for_s=rng.uniform(0.0, 300.0),
        unused_for_s=rng.uniform(0.0, 300.0),
        copies=rng.randint(1, 3),
        pinned=rng.random() < 0.2,
        demand=waiting(slug, *ages_s(rng), life_s=life_s(rng)) if rng.random() < 0.4 else None,
    )


def a_candidate(rng: random.Random, slug: str) -> Candidate:
    return wanted(
        slug,
        *ages_s(rng),
        size_gib=rng.uniform(1.0, 50.0),
        load_s=rng.uniform(1.0, 30.0),
        life_s=life_s(rng),
        turn_s=rng.uniform(0.0, 600.0),
        service_s=rng.choice([None, 2.0, 20.0, 200.0]),
        holders=rng.choice([(), (), held_by("x"), held_by("x", ready=False)]),
        reserved_by=rng.choice(["", "", "elsewhere"]),
    )


def ages_s(rng: random.Random) -> list[float]:
    return [rng.uniform(0.0, 119.0) for _ in range(rng.randint(1, 12))]


def life_s(rng: random.Random) -> float:
    return rng.choice([DEADLINE_S, DEADLINE_S, DEADLINE_S, 14_400.0])


def a_view(rng: random.Random) -> HostView:
    held = [a_resident(rng, f"r{number}") for number in range(rng.randint(0, 5))]
    return view(
        *held,
        candidates=tuple(a_candidate(rng, f"c{number}") for number in range(rng.randint(1, 4))),
        memory_gib=MEMORY_GIB,
        free_gib=MEMORY_GIB - sum(each.size_gib for each in held) - rng.choice([0.0, 0.0, 7.0]),
        max_models=rng.choice([None, 1, 3, 6]),
        reserved=rng.choice(["", "", "c0"]),
        loading=rng.random() < 0.1,
    )


@pytest.fixture(scope="module", params=STRATEGIES)
def decided(request: pytest.FixtureRequest) -> list[tuple[HostView, Decision]]:
    """Many views, each with what a strategy decides."""
    rng = random.Random(request.param)
    views = [a_view(rng) for _ in range(VIEWS)]
    return [(host, STRATEGIES[request.param](host, RULES)) for host in views]


@pytest.fixture(scope="module")
def loads(decided: list[tuple[HostView, Decision]]) -> list[tuple[HostView, Load, list[Resident]]]:
    """The loads among them, each with what goes for it."""
    made = [(host, load) for host, load in decided if isinstance(load, Load)]
    found = [(host, load, [each for each in host.residents if each.slug in load.evict]) for host, load in made]
    assert sum(bool(gone) for _, _, gone in found) >= EVICTING
    return found


Loads = list[tuple[HostView, Load, list[Resident]]]


def test_no_load_goes_over_memory_or_over_the_number_of_models(loads: Loads) -> None:
    for host, load, gone in loads:
        size_gib = next(each.size_gib for each in host.candidates if each.demand.slug == load.slug)
        assert size_gib <= host.free_gib + sum(each.size_gib for each in gone) + ALMOST
        assert host.max_models is None or len(host.residents) - len(gone) + 1 <= host.max_models


def test_what_goes_is_ready_not_pinned_and_no_last_copy_where_copies_must_stay(loads: Loads) -> None:
    for _, load, gone in loads:
        assert len(gone) == len(load.evict)
        assert all(each.state is ResidentState.READY and not each.pinned for each in gone)
        assert load.mode is Mode.ANY or all(each.copies > 1 for each in gone)


def test_what_people_use_goes_only_after_its_minimum_residence(loads: Loads) -> None:
    for host, load, gone in loads:
        demand = next(each.demand for each in host.candidates if each.demand.slug == load.slug)
        starving = not demand.holders and demand.turn_s >= RULES.starving_after_s
        for each in gone:
            batch = each.demand is not None and each.demand.ages_s[0] + each.demand.lefts_s[0] > DEADLINE_S + 1
            if (each.busy or each.demand) and not batch:
                assert each.ready_for_s >= residence_s(each, RULES, starving=starving)


def test_while_a_load_is_under_way_or_another_is_kept_nothing_else_begins(
    decided: list[tuple[HostView, Decision]],
) -> None:
    for host, decision in decided:
        assert decision is None or not host.loading
        assert decision is None or host.reserved in ("", decision.slug)
        assert not (isinstance(decision, Reserve) and host.reserved)


def test_a_decision_does_not_depend_on_the_order_of_what_is_seen() -> None:
    rng = random.Random(7)
    for host in [a_view(rng) for _ in range(500)]:
        turned = replace(host, candidates=host.candidates[::-1], residents=host.residents[::-1])
        assert decide(turned, RULES) == decide(host, RULES)


# ---------------------------------------------------------------- can it be loaded at all?
@pytest.mark.parametrize(
    ("size_gib", "evict"),
    [(8.0, ()), (20.0, ("old",)), (25.0, None)],
    ids=["it fits", "it fits after an eviction", "it never will"],
)
def test_a_model_fits_fits_after_an_eviction_or_never_will(size_gib: float, evict: tuple[str, ...] | None) -> None:
    host = view(resident("old", 12.0), candidates=(wanted("new", 50.0, size_gib=size_gib),), memory_gib=24.0)
    load = decide(host, RULES)
    assert (load.evict if isinstance(load, Load) else None) == evict


def test_what_fits_no_small_host_is_loaded_on_a_large_one() -> None:
    big = (wanted("big", 50.0, size_gib=40.0),)
    assert decide(view(candidates=big, memory_gib=24.0), RULES) is None
    assert isinstance(decide(view(candidates=big, memory_gib=96.0), RULES), Load)


# ---------------------------------------------------------------- holder, free memory, swap, wait
HOLDERS = held_by("holder")
FREE = view(host="free")
SWAP = view(resident("old", 20.0), host="swap")
USED = view(resident("used", 20.0, busy=4, ready_for_s=5.0, demand=waiting("used", 3.0)), host="used")


def first(hosts: list[HostView], candidate: Candidate) -> str | None:
    """Return which host claims a load of this model first, if any."""
    decisions = {host.host: decide(replace(host, candidates=(candidate,)), RULES) for host in hosts}
    bids = {name: load.bid for name, load in decisions.items() if isinstance(load, Load)}
    return min(bids, key=lambda name: bids[name]) if bids else None


@pytest.mark.parametrize(
    ("hosts", "holders", "who"),
    [
        ([FREE, SWAP, USED], HOLDERS, None),  # whoever holds it serves it
        ([SWAP, FREE, USED], (), "free"),
        ([USED, SWAP], (), "swap"),
        ([USED], (), None),  # it waits
    ],
    ids=["a host holds it", "one has room", "one has to swap", "all are in use"],
)
def test_a_holder_serves_else_free_memory_loads_else_idle_memory_else_it_waits(
    hosts: list[HostView], holders: tuple[object, ...], who: str | None
) -> None:
    assert first(hosts, wanted("new", 30.0, holders=holders)) == who
