"""What a fleet of unlike hosts is for: regions, the cloud, a host of one model's own, and leaving without a loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tasks.contracts.jobs import JobState, Outcome
from tasks.contracts.messages import Sampling
from tests.emulators.engines.children import Children
from tests.emulators.engines.frame import Stock
from tests.emulators.engines.lmstudio import LMStudio
from tests.emulators.engines.ollama import Ollama
from tests.workers.household import Household, until

pytestmark = pytest.mark.slow
FLEET = """
[jobs]
deadline_s = 600
[[model]]
name = "echo"
aliases = { openai = "echo" }
slots = 2
memory_gib = 1
[[model]]
name = "side"
aliases = { openai = "side" }
slots = 1
memory_gib = 1
[[host]]
name = "paris"
engine = "fake"
models = ["echo"]
labels = ["eu"]
memory_gib = 4
[[host]]
name = "boston"
engine = "fake"
models = ["echo"]
labels = ["us"]
memory_gib = 4
[[host]]
name = "sky"
engine = "fake"
models = ["echo"]
labels = ["eu", "us"]
cloud = true
memory_gib = 4
[[host]]
name = "own"
engine = "fake"
models = ["side"]
memory_gib = 4
"""
MIXED = """
[[model]]
name = "alpha"
aliases = {{ lmstudio = "tiny-a", ollama = "tiny-a" }}
context_tokens = 2048
slots = 1
memory_gib = 2
[[host]]
name = "mac"
engine = "lmstudio+{mac}"
memory_gib = 8
[[host]]
name = "linux"
engine = "ollama+{linux}"
memory_gib = 8
"""
HOSTS = ("paris", "boston", "sky", "own")
MANY = 24
GREEDY = Sampling(temperature=0.0, max_tokens=8, seed=1)


@pytest.fixture(scope="module")
def house(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    redis_server.ensure()
    made = Household(tmp_path_factory.mktemp("visions"), redis_server.url, FLEET)
    made.flock.client.flushall()
    for host in HOSTS:
        made.start(host)
    until(lambda: all(made.here(host) for host in HOSTS), "four hosts")
    yield made
    made.close()


def test_a_region_is_respected(house: Household) -> None:
    for label, host in (("eu", "paris"), ("us", "boston")):
        views = house.asked(MANY, f"!slow 0.01 {label}", labels=(label,))
        assert {(view.outcome, view.host) for view in views} == {(Outcome.REPLY, host)}


def test_the_cloud_answers_those_alone_who_allow_it(house: Household) -> None:
    views = house.asked(MANY, "!slow 0.01 mine")
    assert "sky" not in {view.host for view in views}
    allowed = house.asked(MANY, "!slow 0.05 anyone's", private=False, allow_cloud=True)
    assert "sky" in {view.host for view in allowed}


def test_a_host_that_is_dedicated_to_one_model_takes_only_that(house: Household) -> None:
    jobs = [house.submit(f"!slow 0.02 {number}", model="echo", user=str(number)) for number in range(MANY)]
    (side,) = house.asked(1, "hello", model="side")
    views = [house.answered(job) for job in jobs]
    assert side.host == "own"
    assert "own" not in {view.host for view in views}
    assert house.record("own").resident == ["side"]


def test_the_catalogue_shows_every_model_and_where_it_is(house: Household) -> None:
    ended = house.command.invoke("models")
    assert ended.code == 0
    assert all(name in ended.out for name in ("echo", "side", *HOSTS))


def test_one_host_is_drained_while_the_other_serves_and_no_job_fails(house: Household) -> None:
    jobs = [house.submit(f"!slow 0.05 a b {number}", model="echo", user=str(number)) for number in range(MANY)]
    until(lambda: any(house.flock.view(job).state is JobState.GENERATING for job in jobs), "work in hand")
    assert house.command.invoke("host", "drain", "paris").code == 0
    jobs += [house.submit(f"!slow 0.05 c {number}", model="echo", user=str(number)) for number in range(MANY)]
    views = [house.answered(job) for job in jobs]
    assert {view.outcome for view in views} == {Outcome.REPLY}
    assert {view.attempts for view in views} == {1}  # what was in hand was finished, not begun anew
    until(lambda: house.record("paris").resident == [], "its memory to be free")
    (after,) = house.asked(1, "still here")
    assert after.host == "boston"


def test_a_mac_and_a_linux_machine_share_one_model_under_their_own_names(
    redis_server: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    redis_server.ensure()
    with (
        Children(tmp_path_factory.mktemp("models")) as children,
        LMStudio(children, Stock("tiny-a", 1, 2.0), parallel=1) as mac,
        Ollama(children, Stock("tiny-a:latest", 1, 2.0), parallel=1) as linux,
    ):
        made = Household(tmp_path_factory.mktemp("mixed"), redis_server.url, MIXED.format(mac=mac.url, linux=linux.url))
        made.flock.client.flushall()
        made.start("mac")
        made.start("linux")
        until(lambda: made.here("mac") and made.here("linux"), "both hosts")
        views = made.asked(MANY, "hello", model="alpha", sampling=GREEDY, remember=False)
        made.close()
    assert {view.outcome for view in views} == {Outcome.REPLY}
    assert {view.host for view in views} == {"mac", "linux"}
    assert len({view.text for view in views}) == 1  # the same weights say the same
