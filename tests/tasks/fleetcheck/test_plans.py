from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.errors import BadInput
from tasks.contracts.fleet import Fleet, parse
from tasks.fleetcheck import plans
from tasks.fleetcheck.asking import Question
from tasks.fleetcheck.plans import Cover
from tasks.jobs.values import HostSeen

FLEET = parse(
    {
        "model": [
            {"name": "big", "aliases": {"anvil": "b"}, "fallback": ["small"]},
            {"name": "small", "aliases": {"anvil": "s", "bellows": "s"}},
            {"name": "tiny", "aliases": {"bellows": "t"}},
        ],
        "host": [
            {"name": "anvil", "engine": "http://127.0.0.1:1"},
            {"name": "bellows", "engine": "http://127.0.0.1:2"},
            {"name": "off", "engine": "fake", "models": ["tiny"], "enabled": False},
        ],
        "persona": [{"name": "ada", "model": "big"}],
    },
    "test",
)


def seen(name: str, *ready: str, live: bool = True) -> HostSeen:
    models: list[dict[str, Any]] = [{"name": "loading", "state": "loading"}]
    return HostSeen(name, live, 1, {"models": models + [{"name": model, "state": "ready"} for model in ready]})


def test_every_host_is_asked_for_what_it_has_or_else_may_have():
    asked = list(plans.one_each(FLEET, [seen("anvil", "small"), seen("bellows")]))
    assert asked == [Question("small", "anvil"), Question("small", "bellows")]


def test_a_host_that_is_not_up_is_told_without_asking():
    hosts = [seen("anvil"), seen("bellows", live=False)]
    assert [question.host for question in plans.one_each(FLEET, hosts)] == ["anvil"]
    (told,) = plans.missing(FLEET, hosts)
    assert (told.asked_host, told.ok, told.trouble) == ("bellows", False, "is not up")


def test_two_models_are_asked_in_turn_of_a_host_that_may_have_both():
    assert plans.in_turn(FLEET, {"bellows"}, [], 2) == [
        Question(name, "bellows") for name in ("small", "tiny", "small", "tiny")
    ]
    assert plans.in_turn(FLEET, {"anvil", "bellows"}, ["tiny", "small"], 1) == [
        Question("tiny", "bellows"),
        Question("small", "bellows"),
    ]


@pytest.mark.parametrize(("live", "names"), [((), []), (("anvil",), ["tiny", "small"]), (("anvil",), ["big"])])
def test_without_such_a_host_there_is_nothing_to_ask(live: tuple[str, ...], names: list[str]):
    with pytest.raises(BadInput, match="no host that is up may have"):
        plans.in_turn(FLEET, live, names, 1)


def test_a_model_is_covered_by_two_hosts_or_by_one_and_somebody_who_stands_in():
    covers = plans.covers(FLEET, {"anvil", "bellows", "off"})
    assert covers == (
        Cover("big", ("anvil",), ("small",)),
        Cover("small", ("anvil", "bellows"), ()),
        Cover("tiny", ("bellows",), ()),
    )
    assert [cover.ok for cover in covers] == [True, True, False]
    assert [cover.ok for cover in plans.covers(FLEET, {"anvil"})] == [True, False, False]


def test_many_questions_go_to_every_model_that_somebody_has():
    asked = plans.spread(FLEET, {"bellows"}, 5, 7)
    assert [question.model for question in asked] == ["small", "tiny", "small", "tiny", "small"]
    assert {(question.host, question.tokens) for question in asked} == {("", 7)}
    with pytest.raises(BadInput, match="no host is up"):
        plans.spread(Fleet(), (), 5, 7)
