"""What holds for the whole flock unless the file says otherwise, and that each of it is obeyed by what is built."""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.contracts.clock import SystemClock
from tasks.contracts.errors import EngineUnavailable
from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.settings import Settings, load
from tasks.jobs.values import Ways
from tests.tasks.jobs.flock import Flock
from tests.workers.household import until
from workers import boot
from workers.post import Post
from workers.residency.assembly import Assembly, assemble
from workers.supervision.supervise import Supervisor

FILE = """
[redis]
url = "{redis_url}"
{told}
[[model]]
name = "m"
aliases = {{ openai = "m" }}
memory_gib = 1
[[host]]
name = "home"
engine = "{engine}"
preload = []
"""
SHORT_S, LONG_S = 0.2, 60.0


def test_the_defaults_are_those_of_a_cluster_as_it_was() -> None:
    fleet = Fleet()
    assert (fleet.jobs.load_timeout_s, fleet.jobs.request_timeout_s, fleet.jobs.attempts) == (120.0, 30.0, 3)
    # Nobody polls: a host says every other second that it lives. What failed is looked at again after this long.
    assert fleet.health.cool_down_s == 10.0
    assert (fleet.residency.strategy, fleet.residency.unload_after_s) == ("sticky", 300.0)


Build = Callable[[Settings], Assembly]


@pytest.fixture
def flock(redis_url: str) -> Flock:
    return Flock(redis_url)


@pytest.fixture
def build(flock: Flock, tmp_path: Path) -> Iterator[Build]:
    """What keeps the models of a host, as its agent builds it."""
    made, supervisors = [], []

    def built(settings: Settings) -> Assembly:
        host, fence = settings.fleet.host("home"), flock.host("home").fence
        supervisor, clock = Supervisor(log_dir=tmp_path), SystemClock()
        supervisors.append(supervisor)
        said = {"tell": lambda _line: None, "woken": lambda: None, "fleet": lambda: settings.fleet}
        made.append(assemble(settings, host, fence, flock.store, supervisor, clock, **said))  # type: ignore[arg-type]
        return made[-1]

    yield built
    for assembly in made:
        assembly.memory.close()
    for supervisor in supervisors:
        supervisor.stop()


def settings(folder: Path, flock: Flock, told: str, engine: str = "fake") -> Settings:
    (folder / "rookery.toml").write_text(FILE.format(redis_url=flock.url, told=told, engine=engine))
    return load(folder / "rookery.toml", {})


def test_a_server_that_does_not_answer_is_given_up_after_the_time_for_a_request(
    flock: Flock, build: Build, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        told = f"[jobs]\nrequest_timeout_s = {SHORT_S}"
        address = f"http://127.0.0.1:{mute.getsockname()[1]}"
        memory = build(settings(tmp_path, flock, told, address)).memory
        listing = until(memory.listing, "a word about the server")
        assert f"{SHORT_S:g} s" in listing.trouble


@pytest.mark.parametrize(("within_s", "fails"), [(SHORT_S, True), (LONG_S, False)])
def test_a_load_is_given_up_after_the_time_for_a_load(
    flock: Flock, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, within_s: float, fails: bool
) -> None:
    monkeypatch.setenv("ROOKERY_TEST_LOAD_S", "3600" if fails else "0.3")
    mover = build(settings(tmp_path, flock, f"[jobs]\nload_timeout_s = {within_s}")).mover
    mover.load("m", (), why="")

    def ended() -> bool:
        mover.step()
        return bool(mover.setbacks.by_slug) or any(load.stage == "starting" for load in mover.loads.values())

    until(ended, "the end of the load")
    reasons = [setback.last.reason for setback in mover.setbacks.by_slug.values()]
    assert reasons == ([f"it was not ready after {SHORT_S:g} s"] if fails else [])


@pytest.mark.parametrize("tries", [1, 3])
def test_a_job_is_tried_as_often_as_the_file_says(redis_url: str, tries: int) -> None:
    ways = Ways.of(parse(tomllib.loads(f"[jobs]\nattempts = {tries}"), "made").jobs)
    flock = Flock(redis_url, ways)
    host, job = flock.host(), flock.submit()
    ended = []
    for _ in range(tries):
        flock.give_back(flock.take(host))
        ended.append(flock.view(job).ended)
        flock.past(job, "not_before_ms")
        flock.sweep()
    assert ended == [False] * (tries - 1) + [True]


@pytest.mark.parametrize("after_s", [10.0, 600.0])
def test_what_failed_is_looked_at_again_after_the_time_for_that(flock: Flock, tmp_path: Path, after_s: float) -> None:
    told = f"[health]\nfailures = 1\ncool_down_s = {after_s}\nlongest_cool_down_s = {after_s}"
    post = Post(
        host="home",
        fence=flock.host("home", "m").fence,
        model="m",
        engine="fake",
        engine_name="m",
        slots=1,
        context_tokens=4096,
        ready_file=str(tmp_path / "m.ready"),
    )
    services = boot.model_services(settings(tmp_path, flock, told), post)
    assert services.answering_desk
    assert services.lease_book
    services.lease_book.stop()  # type: ignore[attr-defined]
    with services.answering_desk.trust.trial() as trial:
        assert trial
        trial.failed(EngineUnavailable("gone"), in_time=True)
    (now_s, _), until_ms = flock.client.time(), flock.client.hget(flock.store.key("open", "home"), "m")
    assert after_s / 2 - 2 <= int(until_ms or 0) / 1000 - now_s <= after_s * 1.5 + 2
