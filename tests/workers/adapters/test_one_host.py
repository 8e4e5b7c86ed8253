"""One host with a real engine: what cannot be used is told of and costs no answer; what can be is there at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.jobs import JobView, Outcome
from tasks.contracts.learning import adapter_name
from tasks.training.registry import layout
from tests.workers.adapters.aviary import PERSONA, Aviary
from tests.workers.household import until

pytestmark = pytest.mark.slow


@pytest.fixture
def house(redis_server: Any, tmp_path: Path) -> Iterator[Aviary]:
    redis_server.ensure()
    made = Aviary(tmp_path, redis_server.url, "home")
    made.flock.client.flushall()
    yield made
    made.close()


@pytest.fixture(params=[{}, {"more": "memory_gib = 1.5"}], ids=["beside the former one", "drained"])
def aviary(redis_server: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Aviary]:
    redis_server.ensure()
    made = Aviary(tmp_path, redis_server.url, "home", **request.param)
    made.flock.client.flushall()
    made.ensure()
    yield made
    made.close()


def answer(aviary: Aviary) -> JobView:
    return aviary.answered(aviary.ask())


def troubles(aviary: Aviary) -> dict[str, str]:
    seen = aviary.seen()
    return dict(seen.about["adapters"]["troubles"]) if seen else {}


def test_what_cannot_be_used_is_refused_and_told_and_what_can_be_comes(aviary: Aviary) -> None:
    plain = answer(aviary)
    assert (plain.outcome, plain.adapter, plain.flags) == (Outcome.REPLY, "", ())
    damaged, unfit, good = aviary.publish(1), aviary.publish(2, hidden=32), aviary.publish(3)
    shelf = aviary.registry.shelf.local
    assert shelf is not None
    weights = shelf / layout.version(PERSONA, damaged) / "adapter_model.safetensors"
    weights.chmod(0o644)
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    for bad, why in ((damaged, "its SHA-256 is not the one"), (unfit, "llama.cpp could not load")):
        aviary.serve(bad)
        name = adapter_name(PERSONA, bad)
        until(lambda: why in troubles(aviary).get(name, ""), f"what is wrong with {name}: {why}")  # noqa: B023
        again = until(lambda: (view := answer(aviary)).flags and view, "an answer that is flagged")
        assert (again.text, again.adapter, again.flags) == (plain.text, "", ("no adapter",))
        assert again.attempts == 1
    aviary.serve(good)
    until(lambda: answer(aviary).adapter == adapter_name(PERSONA, good), "the good one")
    assert answer(aviary).text != plain.text
    assert not troubles(aviary)


def test_a_host_that_starts_again_has_its_adapters_from_the_first_answer_on(house: Aviary) -> None:
    version = house.publish(1)
    house.serve(version)
    house.ensure()
    name = adapter_name(PERSONA, version)
    until(lambda: answer(house).adapter == name, "the adapter")
    agent = house.agent
    assert agent is not None
    agent.terminate()
    agent.wait()
    began = len(house.output.read_text())
    house.ensure()
    first = answer(house)
    assert (first.adapter, first.flags) == (name, ())
    assert "is given" not in house.output.read_text()[began:], "its engine was started with it"
