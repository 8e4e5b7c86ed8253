"""Models come and go on a real host: an agent, llama.cpp, and three tiny models of which two have room."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.jobs import JobView, Outcome
from tasks.contracts.messages import Sampling
from tests.tiny_model import write_tiny_gguf
from tests.workers.household import Household, until

DEADLINE_S = 60.0
JOBS = f"[jobs]\nlease_s = 120\ndeadline_s = {DEADLINE_S:g}\n"
HOST = '[[host]]\nname = "{name}"\nmemory_gib = 2.5\npreload = {preload}\n'
GREEDY = Sampling(temperature=0.0, max_tokens=8, seed=1)
LONG = Sampling(temperature=0.0, max_tokens=300, seed=1)


def models(**sizes: float) -> str:
    """Return the entries of models with these sizes in GiB."""
    return "".join(
        f'[[model]]\nname = "{name}"\ngguf = "{name}.gguf"\nmemory_gib = {gib}\nslots = 2\ncontext_tokens = 512\n'
        for name, gib in sizes.items()
    )


class Home(Household):
    """A host with a few tiny models, each with a voice of its own."""

    def __init__(self, folder: Path, redis_url: str, sizes: dict[str, float], hosts: str) -> None:
        for seed, name in enumerate(sizes):
            write_tiny_gguf(folder / f"{name}.gguf", seed)
        super().__init__(folder, redis_url, JOBS + models(**sizes) + hosts)

    def ask(self, model: str, sampling: Sampling = GREEDY) -> str:
        """Have a person ask a model."""
        return self.flock.submit("hello", model=model, sampling=sampling, deadline_s=DEADLINE_S, remember=False)

    def view(self, model: str) -> JobView:
        """Return a whole answer of a model."""
        view = self.answered(self.ask(model))
        assert (view.outcome, view.answered_by) == (Outcome.REPLY, model), view
        return view

    def memory(self, host: str = "home") -> dict[str, Any]:
        """Return what a host says of its memory."""
        seen = self.seen(host)
        found: dict[str, Any] = seen.about.get("memory", {}) if seen else {}
        return found

    def ready(self) -> set[str]:
        """Return the models that answer."""
        return {each["slug"] for each in self.memory().get("residents", []) if each["state"] == "ready"}

    def missing(self) -> str:
        """Return the one of three models that is not in memory, once the other two are at rest."""
        until(lambda: len(self.ready()) == 2, "two models at rest")
        (missing,) = {"a", "b", "c"} - self.ready()
        return missing

    def stage(self) -> str:
        """Return how far the load has come that is under way."""
        return next((load["stage"] for load in self.memory().get("loads", [])), "")


@pytest.fixture(scope="module")
def home(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One host for most tests here, with a and b in memory."""
    redis_server.ensure()
    sizes = dict.fromkeys("abc", 1.0)
    host = HOST.format(name="home", preload='["a", "b"]')
    made = Home(tmp_path_factory.mktemp("home"), redis_server.url, sizes, host)
    made.flock.client.flushall()
    made.ensure()
    yield made
    made.close()


@pytest.fixture
def nobody(home: Home) -> None:
    """The one host has left for good: the tests to come start their own by its name."""
    assert home.agent is not None
    home.agent.terminate()
    home.agent.wait(60)


def test_what_fits_is_loaded_at_the_start_and_stays_side_by_side(home: Home) -> None:
    assert home.ready() == {"a", "b"}
    assert home.view("a").text != home.view("b").text, "each model has its own voice"
    memory = home.memory()
    assert (memory["total_gib"], memory["used_gib"], memory["free_gib"]) == (2.5, 2.0, 0.5)


def test_a_model_that_people_ask_for_takes_the_place_of_an_idle_one_which_comes_back_the_same(home: Home) -> None:
    texts = {model: home.view(model).text for model in ("a", "b", "c")}
    assert len(set(texts.values())) == 3
    gone = home.missing()
    assert gone in "ab"
    assert home.view(gone).text == texts[gone]
    assert home.memory()["used_gib"] == 2.0


@pytest.mark.slow
def test_models_at_work_finish_before_they_go(home: Home) -> None:
    missing = home.missing()
    at_work = [home.ask(model, LONG) for model in sorted(home.ready())]
    wanted = home.ask(missing)
    views = [home.answered(job) for job in (*at_work, wanted)]
    assert [(view.outcome, view.attempts) for view in views] == [(Outcome.REPLY, 1)] * 3
    assert views[2].answered_by == missing


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["draining", "loading"])
def test_an_agent_that_is_killed_in_the_middle_of_a_swap_is_followed_by_one_that_answers(
    home: Home, stage: str
) -> None:
    job = home.ask(home.missing())
    until(lambda: home.stage() not in ("", *(["draining"] if stage == "loading" else [])), "a swap")
    assert home.agent is not None
    os.kill(home.agent.pid, signal.SIGKILL)
    home.agent.wait()
    home.start()
    view = home.answered(job)
    assert (view.outcome, view.attempts, view.crashes) == (Outcome.REPLY, 1, 0)


@pytest.mark.slow
@pytest.mark.usefixtures("nobody")
def test_a_model_that_will_not_load_here_is_loaded_elsewhere(
    redis_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    hosts = HOST.format(name="home", preload="[]") + HOST.format(name="attic", preload="[]")
    places = []
    for name in ("home", "attic"):
        (tmp_path / name).mkdir()
        places.append(Home(tmp_path / name, redis_url, {"a": 1.0}, hosts))
    home, attic = places
    request.addfinalizer(home.close)
    request.addfinalizer(attic.close)
    (home.folder / "a.gguf").write_bytes(b"GGUF, and nothing that follows from it")
    home.start()
    job = home.ask("a")
    (failure,) = until(lambda: home.memory().get("failures"), "a failed load")
    assert (failure["slug"], failure["kind"], failure["count"]) == ("a", "ModelLoadFailed", 1)
    assert "a.gguf: this GGUF file is version" in failure["reason"]
    assert home.memory()["used_gib"] == 0
    attic.start("attic")
    view = home.answered(job)
    assert (view.outcome, view.host, view.attempts) == (Outcome.REPLY, "attic", 1)
    assert home.memory()["loads"] == []


@pytest.mark.slow
@pytest.mark.usefixtures("nobody")
def test_a_model_larger_than_the_host_is_told_at_the_start_and_counts_as_hosted_nowhere(
    redis_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    small = Home(tmp_path, redis_url, {"a": 1.0, "b": 9.0}, HOST.format(name="home", preload='["*"]'))
    request.addfinalizer(small.close)
    small.ensure()
    assert (small.ready(), small.memory()["too_large"]) == ({"a"}, ["b"])
    assert "b takes 9.0 GiB and this host has 2.5: it is never loaded here" in small.output.read_text()
    assert not small.flock.accept(small.flock.request(model="b")).hosted


@pytest.mark.slow
@pytest.mark.usefixtures("nobody")
def test_a_model_that_loads_nowhere_ends_in_a_notice_and_stays_loading_nowhere(
    redis_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    alone = Home(tmp_path, redis_url, {"a": 1.0}, HOST.format(name="home", preload="[]"))
    request.addfinalizer(alone.close)
    (tmp_path / "a.gguf").write_bytes(b"GGUF, and nothing that follows from it")
    alone.start()
    until(lambda: alone.memory().get("settled"), "the host")
    view = alone.answered(alone.flock.submit(model="a", deadline_s=8.0, unhosted_life_s=8.0))
    assert view.outcome is Outcome.NOTICE
    until(lambda: alone.memory()["failures"][0]["gave_up"], "the last try")
    memory = alone.memory()
    assert (memory["loads"], memory["used_gib"], memory["failures"][0]["count"]) == ([], 0, 3)
    assert not alone.flock.accept(alone.flock.request(model="a")).hosted, "and the next one is told at once"
