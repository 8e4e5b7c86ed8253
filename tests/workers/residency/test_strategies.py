from __future__ import annotations

import tomllib
from typing import get_args

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.residency import StrategyName
from tests.workers.residency.views import held_by, resident, view, wanted
from workers.residency.rules import Rules
from workers.residency.strategies import STRATEGIES, chosen, following, rules_of

FILE = "rookery.toml"


def fleet(toml: str) -> Fleet:
    return parse(tomllib.loads(toml), FILE)


def test_every_name_that_the_settings_take_has_a_strategy() -> None:
    assert set(STRATEGIES) == set(get_args(StrategyName))


def test_an_unknown_strategy_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"residency\.strategy = .luckiest.*'sticky'.*'round-robin'"):
        fleet('[residency]\nstrategy = "luckiest"')


def test_without_settings_it_is_sticky_with_the_rules_that_were_measured() -> None:
    assert rules_of(Fleet().residency, Fleet().jobs.deadline_s) == Rules.for_deadline(120.0)
    assert Fleet().residency.strategy == "sticky"


@pytest.mark.parametrize(
    ("toml", "field", "value"),
    [
        ("aging_s = 10", "aging_s", 10.0),
        ("aging_s = 500", "aging_s", 60.0),  # never more than half the deadline
        ("residence_loads = 3", "residence_loads", 3.0),
        ("backlog_ratio = 0", "backlog_ratio", 0.0),
        ("turn_deadlines = 5", "starving_after_s", 600.0),
        ("copy_loads = 2", "copy_loads", 2.0),
        ("copy_over_last_loads = 9", "copy_over_last_loads", 9.0),
        ("half_life_s = 30", "half_life_s", 30.0),
    ],
)
def test_each_setting_changes_its_rule(toml: str, field: str, value: float) -> None:
    assert getattr(rules_of(fleet(f"[residency]\n{toml}").residency, 120.0), field) == value


def test_the_rules_follow_the_deadline() -> None:
    hasty = rules_of(fleet("[jobs]\ndeadline_s = 30").residency, 30.0)
    assert (hasty.aging_s, hasty.payback, hasty.residence_most_s, hasty.starving_after_s) == (15.0, 1.0, 30.0, 60.0)


def test_a_reload_of_the_settings_changes_the_strategy() -> None:
    fresh = view(resident("old", 20.0, unused_for_s=0.0), candidates=(wanted("new", 1.0),))
    told = [Fleet()]
    decide = following(lambda: told[-1])
    assert decide(fresh) is None
    told.append(fleet('[residency]\nstrategy = "least-loaded"'))
    assert decide(fresh) is not None
    crowd = wanted("new", *[40.0] * 60, holders=held_by("forge"))
    affinity = fleet('[residency]\nstrategy = "model-affinity"')
    assert chosen(affinity.residency, 120.0)(view(candidates=(crowd,))) is None
