"""A whole host in front of an Ollama: a persona answers with what it learned, and what that takes makes room again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.learning import adapter_name
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.ollama import Ollama
from tests.workers.adapters.aviary import MODEL, PERSONA, Aviary
from tests.workers.household import until

pytestmark = pytest.mark.slow
TAG, OTHER = "tiny:latest", "other:latest"
FLEET = """
[jobs]
deadline_s = 60
[[model]]
name = "{model}"
aliases = {{home = "tiny"}}
context_tokens = 2048
[[model]]
name = "other"
aliases = {{home = "other"}}
context_tokens = 2048
[[persona]]
name = "{persona}"
model = "{model}"
learns = "liked"
[[host]]
name = "home"
engine = "ollama+{url}"
memory_gib = {memory}
slots = 2
preload = ["{model}"]
"""


class Pond(Aviary):
    """An aviary whose engine is an Ollama."""

    def __init__(self, folder: Path, redis_url: str, server: Ollama, memory_gib: float) -> None:
        super().__init__(folder, redis_url, "home")
        self.server = server
        fleet = FLEET.format(model=MODEL, persona=PERSONA, url=server.url, memory=memory_gib)
        self.command.settings(f'[redis]\nurl = "{redis_url}"\n{fleet}')

    def charged_gib(self) -> float:
        """Return what models take as the host says."""
        seen = self.seen()
        return float(seen.about["memory"]["used_gib"]) if seen else 0.0

    def troubles(self) -> list[str]:
        """Return what the host says of adapters that it cannot have."""
        seen = self.seen()
        return list(seen.about["adapters"]["troubles"].values()) if seen else []


@pytest.fixture
def pond(redis_server: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Pond]:
    redis_server.ensure()
    stocked = (Stock(TAG, 1, 2.0), Stock(OTHER, 2, 3.0))
    with Children(tmp_path) as children, Ollama(children, *stocked, parallel=2) as server:
        made = Pond(tmp_path, redis_server.url, server, request.param)
        made.flock.client.flushall()
        made.start()
        until(lambda: made.here("home"), "the model")
        yield made
        made.close()


@pytest.mark.parametrize("pond", [4.5], indirect=True)
def test_a_persona_answers_with_it_and_another_model_gets_all_of_its_memory(pond: Pond) -> None:
    plain = pond.answered(pond.ask())
    version = pond.publish(1)
    pond.serve(version)
    name = adapter_name(PERSONA, version)
    ridden = until(lambda: (view := pond.answered(pond.ask())).adapter == name and view, "an answer with it")
    assert (ridden.flags, ridden.text != plain.text) == ((), True)
    until(lambda: pond.charged_gib() == 4.0, "both charged")
    pond.answered(pond.flock.submit("hello", model="other", deadline_s=60.0))
    until(lambda: pond.server.memory.holders == {OTHER}, "the other model alone")
    assert pond.server.memory.peak_gib <= 4.5
    again = until(lambda: (view := pond.answered(pond.ask())).adapter == name and view, "it is back")
    assert again.text == ridden.text


@pytest.mark.parametrize("pond", [3.5], indirect=True)
def test_where_it_does_not_fit_the_base_answers_and_status_says_why(pond: Pond) -> None:
    pond.serve(pond.publish(1))
    until(pond.troubles, "what is wrong")
    assert "it takes as much memory as its model" in pond.troubles()[0]
    view = pond.answered(pond.ask())
    assert (view.adapter, view.flags, view.answered_by) == ("", ("no adapter",), "tiny")
    assert set(pond.server.runners) == {TAG}
