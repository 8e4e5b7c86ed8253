"""A real host before a llama-server (emulated) that fails under it: the host says what is so, and goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.llama_router import EmulatedRouter, Running, Switches
from tests.workers.household import Household, until

FLEET = """
[jobs]
deadline_s = 600
load_attempts = 1
[[model]]
name = "alpha"
aliases = {{ router = "alpha-q4" }}
memory_gib = 1
[[model]]
name = "beta"
aliases = {{ router = "beta-q4" }}
memory_gib = 1
[[host]]
name = "home"
engine = "router+{url}"
memory_gib = 3
preload = ["alpha"]
[[persona]]
name = "ada"
model = "alpha"
max_tokens = 8
temperature = 0
"""
ALPHA, BETA = Stock("alpha-q4", seed=1), Stock("beta-q4", seed=2)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedRouter]:
    switches = Switches(autoload=False)
    with (
        Children(tmp_path_factory.mktemp("models")) as children,
        EmulatedRouter(children, ALPHA, BETA, switches=switches) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def house(server: EmulatedRouter, redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    redis_server.ensure()
    made = Household(tmp_path_factory.mktemp("house"), redis_server.url, FLEET.format(url=server.url))
    made.flock.client.flushall()
    made.start()
    until(made.is_ready, "the host with its model")
    yield made
    made.close()


def asked(house: Household, persona: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(house.command.invoke("ask", "hello", "--persona", persona, "--json").out)
    return said


def test_a_server_that_was_started_again_is_given_its_model_again(house: Household, server: EmulatedRouter) -> None:
    before = asked(house, "ada")
    server.running["alpha-q4"] = Running()
    after = asked(house, "ada")
    assert (before["outcome"], after["outcome"], after["text"]) == ("reply", "reply", before["text"])
    assert server.running["alpha-q4"].value == "loaded"


def failures(house: Household) -> list[dict[str, Any]]:
    seen = house.seen()
    told: list[dict[str, Any]] = seen.about.get("memory", {}).get("failures", []) if seen else []
    return told


def test_a_model_that_there_is_no_memory_for_is_told_as_that_and_others_go_on(
    house: Household, server: EmulatedRouter
) -> None:
    server.switches.memory_gone = True
    job = house.flock.submit(model="beta", deadline_s=600.0)
    [failure] = until(lambda: failures(house), "the failure to be told")
    assert (failure["slug"], failure["kind"], failure["gave_up"]) == ("beta", "OutOfMemory", True)
    assert "ended with code 137" in failure["reason"]
    assert asked(house, "ada")["outcome"] == "reply"
    house.flock.withdraw(job)
