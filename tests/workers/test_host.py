"""The agent of a host, as a process with workers of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from tasks.contracts.jobs import JobState, Outcome
from tasks.contracts.queues import model_queue, node_name
from tasks.jobs import fleet_moves
from tests.command import REPO
from tests.workers.household import FOREVER, MODEL, PATIENCE_S, Household, alive, until
from workers.host import place_of


@pytest.fixture(scope="module")
def shared(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """One house for all tests here: an agent takes seconds to start."""
    redis_server.ensure()
    made = Household(tmp_path_factory.mktemp("house"), redis_server.url)
    made.flock.client.flushall()
    yield made
    made.close()


@pytest.fixture
def house(shared: Household) -> Household:
    """The house, complete and with nothing to do."""
    shared.ensure()
    return shared


def test_a_host_that_is_up_shows_in_the_status_with_what_it_holds(house):
    said = house.command.run("status")
    assert (said.code, said.errors) == (0, "")
    lines = [line.split() for line in said.out.splitlines()]
    assert ["home", "up", "fake"] in [words[:3] for words in lines]
    held = {tuple(words[: words.index("home")]): " ".join(words) for words in lines if "home" in words[1:]}
    assert held.keys() == {("Echo", "One"), ("both",)}
    assert "0 of 2 busy" in held["Echo", "One"]


def test_each_worker_consumes_the_queue_of_one_model_that_its_host_may_serve_and_no_other(house):
    asked = Celery("asking", broker=house.settings.redis_url, set_as_current=False)
    expected = {
        node_name(model.name, "home"): [model_queue(model.name)] for model in house.settings.fleet.models_of("home")
    }
    assert expected.keys() == {"echo-one@home", "both@home"}

    def consumed() -> dict[str, list[str]]:
        told = asked.control.inspect(timeout=0.5).active_queues() or {}
        return {node: [queue["name"] for queue in queues] for node, queues in told.items()}

    told: dict[str, list[str]] = {}
    # A busy worker may answer too late to be heard.
    until(lambda: told.update(consumed()) or told.keys() >= expected.keys(), "an answer of every worker")
    assert told == expected


def test_a_job_is_answered_and_names_its_host(house):
    view = house.answered(house.submit("hello there"))
    assert (view.text, view.host, view.answered_by) == ("echo: hello there", "home", MODEL)


def test_a_killed_worker_is_replaced_and_what_it_held_goes_back_at_once(house):
    job, killed = house.begun(f"!slow 0.1 {FOREVER}"), house.worker()
    os.kill(killed, signal.SIGKILL)
    until(lambda: house.flock.view(job).crashes == 1, "the job on its queue, long before its lease ends")
    until(lambda: house.flock.view(job).attempts == 2, "a second try")
    house.flock.withdraw(job)
    house.ensure()
    assert house.worker() != killed
    assert house.answered(house.submit("and now?")).text == "echo: and now?"


def test_a_second_agent_on_the_same_folder_is_refused_and_disturbs_nobody(house):
    job = house.begun(f"!slow 0.1 {FOREVER}")
    second = house.command.run("run", "host", "home")
    assert second.code == 2
    assert f"(pid {house.agent.pid})" in second.errors
    assert "Traceback" not in second.errors
    view = house.flock.view(job)
    assert (view.state, view.attempts) == (JobState.GENERATING, 1)
    house.flock.withdraw(job)


def test_an_agent_of_the_same_name_elsewhere_is_refused_and_disturbs_nobody(house, tmp_path):
    job, fence = house.begun(f"!slow 0.1 {FOREVER}"), house.seen().fence
    other = Household(tmp_path, house.settings.redis_url)
    second = other.command.run("run", "host", "home")
    assert second.code == 2
    assert "host 'home' is already served from" in second.errors
    assert "give this host another name" in second.errors
    view = house.flock.view(job)
    assert (view.state, view.attempts, view.crashes) == (JobState.GENERATING, 1, 0)
    assert (house.seen().live, house.seen().fence) == (True, fence)
    house.flock.withdraw(job)
    other.close()


def test_an_agent_whose_name_another_machine_took_over_ends(house):
    house.flock.client.zrem(house.flock.store.key("hosts"), "home")  # as if it had been silent for too long
    taken = house.flock.host("home")
    assert house.agent.wait(PATIENCE_S) == 2, house.output.read_text()
    assert "host 'home' is already served from machine of home" in house.output.read_text()
    assert (house.seen().live, house.seen().fence) == (True, taken.fence)
    house.flock.store.run(fleet_moves.host_leave("home", taken.fence, []))


def test_a_host_takes_its_name_anew_when_redis_forgot_everything(house):
    house.flock.client.flushall()
    until(lambda: (seen := house.seen()) and seen.live, "the host in an empty Redis")
    house.ensure()
    assert house.answered(house.submit("still there?")).text == "echo: still there?"


def test_an_agent_that_was_killed_takes_its_children_along_and_the_next_one_goes_on(house):
    job, family = house.begun("!slow 0.1 " + "word " * 12), house.family()
    assert len(family) >= 2
    house.agent.kill()
    house.agent.wait()
    until(lambda: not any(map(alive, family)), "the end of its children")
    house.ensure()
    view = house.answered(job)
    assert (view.outcome, view.attempts, view.crashes) == (Outcome.REPLY, 2, 0)


def test_an_agent_that_is_told_to_end_lets_answers_end_and_leaves_nothing(house):
    job, family = house.begun("!slow 0.1 " + "word " * 12), house.family()
    house.agent.terminate()
    assert house.agent.wait(PATIENCE_S) == 0, house.output.read_text()
    assert not any(map(alive, family))
    view = house.flock.view(job)
    assert (view.outcome, view.attempts) == (Outcome.REPLY, 1)
    assert house.seen() is None, "it has left"


def test_an_agent_that_is_told_to_end_tells_all_its_workers_at_once(house):
    job, idle, busy = house.begun(f"!slow 0.1 {FOREVER}", model="both"), house.worker(), house.worker("both")
    house.agent.terminate()
    until(lambda: not alive(idle), "the end of a worker that has nothing in hand")
    assert house.flock.view(job).state is JobState.GENERATING
    os.kill(busy, signal.SIGKILL)  # as the agent does with those that take too long
    assert house.agent.wait(PATIENCE_S) == 0, house.output.read_text()
    view = house.flock.view(job)
    assert (view.state, view.crashes) == (JobState.QUEUED, 0), "it goes to another host, and is to blame for nothing"
    house.flock.withdraw(job)


def test_an_agent_waits_for_redis_and_ends_when_it_is_told_to(shared, tmp_path, free_port):
    patient = Household(tmp_path, f"redis://127.0.0.1:{free_port()}/0")
    agent = patient.start()
    until(lambda: "waiting for Redis" in patient.output.read_text(), "a word about it")
    agent.terminate()
    assert agent.wait(PATIENCE_S) == 0
    assert "Traceback" not in patient.output.read_text()
    patient.close()


def test_an_agent_waits_while_redis_has_no_room_and_then_serves(redis_url, tmp_path):
    patient = Household(tmp_path, redis_url)
    limited = patient.flock.client
    limited.config_set("maxmemory", 1)
    try:
        patient.start()
        until(lambda: patient.output.exists() and "no room left" in patient.output.read_text(), "a word about it")
    finally:
        limited.config_set("maxmemory", 0)
    patient.ensure()
    assert patient.output.read_text().count("worker-echo-one ready") == 1
    patient.close()


def test_a_missing_file_ends_the_agent_with_its_name_and_gives_the_host_up(redis_url, tmp_path):
    fleet = '[[model]]\nname = "big"\ngguf = "gone.gguf"\n[[host]]\nname = "home"\n'
    bare = Household(tmp_path, redis_url, fleet)
    ended = bare.command.run("run", "host", "home")
    assert ended.code == 2
    assert f"model 'big': there is no file {tmp_path / 'gone.gguf'}" in ended.errors
    assert bare.seen() is None
    bare.close()


def test_two_folders_on_one_machine_are_two_places_and_each_stays_the_same(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    assert place_of(one) != place_of(other)
    assert place_of(one) == place_of(one)


def test_every_process_calls_a_place_the_same_whatever_network_cards_there_are(tmp_path):
    probe = "import sys, pathlib\nfrom workers.host import place_of\nprint(place_of(pathlib.Path(sys.argv[1])))"
    argv = [sys.executable, "-c", probe, str(tmp_path)]
    said = [subprocess.run(argv, cwd=REPO, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert said[0] == said[1]
