from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import parse
from tests.workers.residency.views import RULES, resident, view, waiting, wanted
from workers.residency.idle import KEEP_S, Keep, kept_for_s, overdue, surplus
from workers.residency.policy import decide
from workers.residency.view import HostView, Load, ResidentState

MINUTE_S = 60.0


def unused_for(unused_for_s: float) -> HostView:
    return view(resident("old", unused_for_s=unused_for_s))


def test_ram_cache_strategy() -> None:
    after_s = kept_for_s("ram")
    assert overdue(unused_for(30 * MINUTE_S - 1), after_s) == ()
    assert overdue(unused_for(30 * MINUTE_S), after_s) == ("old",)


def test_ssd_cache_strategy() -> None:
    after_s = kept_for_s("ssd")
    assert overdue(unused_for(2 * MINUTE_S - 1), after_s) == ()
    assert overdue(unused_for(2 * MINUTE_S), after_s) == ("old",)


def test_none_cache_strategy() -> None:
    assert overdue(unused_for(0.0), kept_for_s("none")) == ("old",)
    assert overdue(view(resident("used", busy=1)), kept_for_s("none")) == ()


def test_a_delay_that_is_given_stands_over_the_strategy() -> None:
    after_s = kept_for_s("ram", 300.0)
    assert overdue(unused_for(299.0), after_s) == ()
    assert overdue(unused_for(300.0), after_s) == ("old",)


@pytest.mark.parametrize(
    "kept",
    [
        {"pinned": True},
        {"busy": 1},
        {"demand": waiting("kept", 1.0)},
        {"state": ResidentState.LOADING},
        {"state": ResidentState.DRAINING},
    ],
)
@pytest.mark.parametrize("after_s", KEEP_S.values())
def test_what_is_pinned_used_waited_for_or_on_its_way_is_not_unloaded(kept: dict[str, Any], after_s: float) -> None:
    host = view(resident("kept", 30.0, unused_for_s=86_400.0, **{k: v for k, v in kept.items() if k != "unused_for_s"}))
    assert overdue(host, after_s) == ()
    assert surplus(host) == ()


def test_lru_eviction() -> None:
    """Of at most three models, used in the order A B C A, it is B that goes for D."""
    used = view(
        resident("a", 4.0, unused_for_s=1.0),
        resident("b", 4.0, unused_for_s=30.0),
        resident("c", 4.0, unused_for_s=20.0),
        max_models=3,
        candidates=(wanted("d", 50.0, size_gib=4.0),),
    )
    load = decide(used, RULES)
    assert isinstance(load, Load)
    assert load.evict == ("b",)


def test_the_least_recently_used_go_when_somebody_else_took_their_memory() -> None:
    host = view(resident("a", unused_for_s=10.0), resident("b", unused_for_s=30.0), resident("c", unused_for_s=20.0))
    assert surplus(host) == ()
    assert surplus(replace(host, free_gib=-1.0)) == ("b",)
    assert surplus(replace(host, free_gib=-9.0)) == ("b", "c")
    assert surplus(replace(host, max_models=1)) == ("b", "c")


def test_nothing_goes_in_vain() -> None:
    host = view(resident("used", 16.0, busy=1), resident("idle", 8.0), free_gib=-9.0)
    assert surplus(host) == ()


@pytest.mark.parametrize("keep", get_args(Keep))
def test_each_strategy_can_be_set_for_a_host(keep: str) -> None:
    assert parse({"host": [{"name": "anvil", "keep": keep}]}, "rookery.toml").host("anvil").keep == keep


def test_a_strategy_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"keep .* = .tape.*'ram', 'ssd' or 'none'"):
        parse({"host": [{"name": "anvil", "keep": "tape"}]}, "rookery.toml")


def test_use_starts_the_delay_anew() -> None:
    assert overdue(unused_for(300.0), 300.0) == ("old",)
    assert overdue(unused_for(1.0), 300.0) == ()
