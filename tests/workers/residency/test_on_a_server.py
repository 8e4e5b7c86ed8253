"""An agent in front of a server with a mind of its own: Ollama, whose owner uses it too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tasks.contracts.jobs import JobView, Outcome
from tasks.contracts.messages import Sampling
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.ollama import Ollama
from tests.workers.household import Household, until

DEADLINE_S = 60.0
GREEDY = Sampling(temperature=0.0, max_tokens=8, seed=1)
ITS_NAME = {"Alpha": "tiny-a", "Beta": "tiny-b"}
FLEET = """
[jobs]
lease_s = 120
deadline_s = {deadline}
[[model]]
name = "Alpha"
aliases = {{ollama = "tiny-a"}}
context_tokens = 2048
[[model]]
name = "Beta"
aliases = {{ollama = "tiny-b"}}
context_tokens = 2048
[[host]]
name = "home"
engine = "ollama+{url}"
memory_gib = 4.5
slots = 2
preload = []
"""
WINDOW = {"num_ctx": 2048}


class Studio(Household):
    """A host whose engine is a server."""

    def __init__(self, folder: Any, redis_url: str, server: Ollama) -> None:
        super().__init__(folder, redis_url, FLEET.format(url=server.url, deadline=DEADLINE_S))
        self.server = server

    def view(self, model: str) -> JobView:
        """Return a whole answer of a model."""
        asked = {"model": model, "sampling": GREEDY, "deadline_s": DEADLINE_S, "remember": False}
        view = self.answered(self.flock.submit("hello", **asked))
        assert (view.outcome, view.answered_by) == (Outcome.REPLY, ITS_NAME[model]), view
        return view

    def memory(self) -> dict[str, Any]:
        """Return what the host says of its memory."""
        seen = self.seen()
        found: dict[str, Any] = seen.about.get("memory", {}) if seen else {}
        return found

    def ready(self) -> set[str]:
        """Return the models that answer."""
        return {each["slug"] for each in self.memory().get("residents", []) if each["state"] == "ready"}

    def owner(self, model: str, keep_alive: Any, **more: Any) -> None:
        """Have the owner of the machine load a model there, or unload it."""
        body = {"model": model, "keep_alive": keep_alive, **more}
        requests.post(f"{self.server.url}/api/chat", json=body, timeout=30).raise_for_status()


@pytest.fixture(scope="module")
def studio(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One host for all tests here; Alpha is in its memory before the agent comes."""
    redis_server.ensure()
    stocked = (Stock("tiny-a:latest", 1, 2.0), Stock("tiny-b:latest", 2, 3.0), Stock("theirs:latest", 3, 4.0))
    with Children(tmp_path_factory.mktemp("models")) as children, Ollama(children, *stocked, parallel=2) as server:
        made = Studio(tmp_path_factory.mktemp("studio"), redis_server.url, server)
        made.flock.client.flushall()
        made.owner("tiny-a", "5m", options=WINDOW)
        made.start()
        until(lambda: made.ready() == {"alpha"}, "what the server holds, served")
        yield made
        made.close()


@pytest.mark.slow
def test_what_the_server_holds_is_served_from_the_start_and_kept_there(studio: Studio) -> None:
    assert studio.view("Alpha").host == "home"
    assert studio.server.loads == [("tiny-a:latest", 2048)], "nobody loaded it again"
    (resident,) = studio.memory()["residents"]
    assert (resident["size_gib"], resident["size_is"]) == (2.0, "measured")


@pytest.mark.slow
def test_a_model_that_does_not_fit_beside_it_is_loaded_once_it_has_gone(studio: Studio) -> None:
    texts = {studio.view("Alpha").text, studio.view("Beta").text}
    assert len(texts) == 2
    until(lambda: studio.ready() == {"beta"}, "the other one gone")
    assert studio.server.memory.holders == {"tiny-b:latest"}
    assert studio.server.memory.peak_gib == 3.0, "never both at once"


@pytest.mark.slow
def test_a_model_that_the_owner_unloads_is_noticed_and_loaded_again_for_who_asks(studio: Studio) -> None:
    studio.view("Beta")
    until(lambda: studio.ready() == {"beta"}, "it alone")
    studio.owner("tiny-b", 0)
    until(lambda: not studio.ready(), "the host without it")
    assert studio.memory()["used_gib"] == 0
    assert studio.view("Beta").attempts == 1


@pytest.mark.slow
def test_what_the_owner_loads_is_charged_and_gives_nobody_else_a_turn(studio: Studio) -> None:
    studio.view("Beta")
    studio.owner("theirs", "5m")
    until(lambda: studio.memory()["foreign"] == {"theirs": 4.0}, "the owner's model")
    until(lambda: studio.memory()["used_gib"] == 0, "room for it")
    studio.owner("theirs", 0)
    until(lambda: studio.memory()["foreign_gib"] == 0, "the owner's model gone")
    assert studio.view("Alpha").host == "home"


@pytest.mark.slow
def test_a_server_that_goes_is_told(studio: Studio) -> None:
    studio.server.kill()
    until(lambda: studio.memory()["trouble"], "a word about it")
    assert studio.server.url in studio.memory()["trouble"]
