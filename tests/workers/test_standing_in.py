"""Two hosts as real processes: one whose engine is down, and one that stands in for it; and the check of a flock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.workers.household import Household, until
from workers.supervision.ports import free_port

FLEET = """
[jobs]
deadline_s = 600
fallback_after_s = 0.2
[[model]]
name = "big"
aliases = {{ gone = "big" }}
fallback = ["small"]
[[model]]
name = "small"
aliases = {{ home = "small", attic = "small" }}
[[model]]
name = "other"
aliases = {{ home = "other" }}
[[host]]
name = "gone"
engine = "http://127.0.0.1:{port}"
models = ["big"]
[[host]]
name = "home"
engine = "fake"
models = ["small", "other"]
[[host]]
name = "attic"
engine = "fake"
models = ["small"]
[[persona]]
name = "ada"
model = "big"
"""


@pytest.fixture(scope="module")
def house(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """Three hosts, one of them before a server that is not there."""
    redis_server.ensure()
    made = Household(tmp_path_factory.mktemp("house"), redis_server.url, FLEET.format(port=free_port()))
    made.flock.client.flushall()
    for host in ("gone", "home", "attic"):
        made.start(host)
    until(lambda: all((seen := made.seen(name)) and seen.live for name in ("gone", "home", "attic")), "three hosts")
    until(lambda: holds(made, "home") == {"small", "other"} and holds(made, "attic") == {"small"}, "their models")
    yield made
    made.close()


def holds(house: Household, host: str) -> set[str]:
    seen = house.seen(host)
    return {model["name"] for model in seen.about.get("models", []) if model["state"] == "ready"} if seen else set()


def test_a_model_whose_engine_is_down_is_stood_in_for_and_the_answer_says_so(house: Household) -> None:
    said = house.command.invoke("ask", "hello", "--json")
    view = json.loads(said.out)
    assert (said.code, view["text"]) == (0, "echo: hello"), said
    assert (view["asked"], view["model"], view["flags"]) == ("big", "small", ["fallback"])
    explained = house.command.invoke("job", "explain", view["job"])
    assert "small answers in place of big" in explained.out


def checked(house: Household, *words: str) -> tuple[int, list[dict[str, Any]]]:
    said = house.command.invoke("fleet", "check", *words, "--json")
    return said.code, json.loads(said.out)


@pytest.mark.slow
def test_the_check_tells_a_host_that_does_not_answer(house: Household) -> None:
    code, answers = checked(house, "health", "--timeout", "20")
    assert code == 1
    assert {answer["asked_host"]: answer["ok"] for answer in answers} == {"gone": False, "home": True, "attic": True}


@pytest.mark.slow
def test_the_check_tells_how_long_changes_take(house: Household) -> None:
    code, answers = checked(house, "switching", "--rounds", "1")
    assert (code, [answer["answered_with"] for answer in answers]) == (0, ["small", "other"])
    assert all(answer["waited_s"] is not None for answer in answers)


@pytest.mark.slow
def test_the_check_tells_which_models_one_host_alone_has(house: Household) -> None:
    code, covers = checked(house, "failover")
    assert code == 1
    assert {cover["model"]: cover["ok"] for cover in covers} == {"big": True, "small": True, "other": False}


@pytest.mark.slow
def test_the_check_sees_another_host_take_over_while_one_is_paused(house: Household) -> None:
    code, answers = checked(house, "failover", "--really", "attic")
    assert (code, [(answer["model"], answer["host"]) for answer in answers]) == (0, [("small", "home")])
    until(lambda: holds(house, "attic") == {"small"}, "the host at work again")


@pytest.mark.slow
def test_the_check_spreads_many_questions_and_shows_them_by_host(house: Household) -> None:
    said = house.command.invoke("fleet", "check", "load", "--asks", "12", "--tokens", "2")
    assert said.code == 0, said
    assert "home" in said.out
    assert "tokens/s" in said.out
