"""`rookery status` and `rookery job` on a real ledger."""

from __future__ import annotations

import json
import signal

import pytest

from tasks.contracts.jobs import Cause
from tasks.jobs import remembering, signs
from tests.command import PATIENCE_S
from tests.tasks.jobs.flock import Flock


@pytest.fixture
def flock(redis_url: str) -> Flock:
    """The ledger, empty; the command looks at the same."""
    return Flock(redis_url)


def test_status_shows_hosts_models_and_what_waits(command, flock):
    flock.host("anvil")
    flock.submit()
    ended = command.invoke("status")
    assert (ended.code, ended.errors) == (0, "")
    assert "1 live jobs · 0 dead · beat was never heard" in ended.out
    assert "anvil" in ended.out
    assert "demo" in ended.out


def test_status_names_the_head_of_each_queue_and_how_long_it_has_waited(command, flock):
    heads = {model: flock.submit(model=model) for model in ("crow", "wren")}
    flock.submit(model="crow")
    flock.client.zincrby(flock.store.key("models"), -190_000, "wren")
    lines = {line.split()[0]: line.split() for line in command.invoke("status").out.splitlines() if line.strip()}
    for model, waiting in (("crow", "2"), ("wren", "1")):
        assert lines[model][1] == waiting
        assert heads[model] in lines[model]
    assert lines["wren"][2:4] == ["3", "min"]


def test_status_for_programs_is_json(command, flock):
    for name in ("anvil", "bellows"):
        flock.host(name)
    flock.host("silent", ttl_ms=1)
    flock.submit()
    told = json.loads(command.invoke("status", "--json").out)
    assert told["stats"]["total"]["submitted"] == 1
    assert (told["live"], told["dead"]) == (1, 0)
    up = {host["name"]: host["live"] for host in told["hosts"]}
    assert up == {"anvil": True, "bellows": True, "silent": False}
    assert [(backlog["slug"], backlog["waiting"], backlog["bells"]) for backlog in told["backlogs"]] == [("demo", 1, 1)]


def test_jobs_are_listed_until_they_end_and_the_dead_apart(command, flock):
    host = flock.host("anvil")
    dead = flock.submit()
    flock.give_back(flock.take(host), Cause.FAILED.value)
    live = flock.submit()
    assert [job["job"] for job in json.loads(command.invoke("job", "list", "--json").out)] == [live]
    assert [job["job"] for job in json.loads(command.invoke("job", "list", "--dead", "--json").out)] == [dead]
    table = command.invoke("job", "list")
    assert (table.code, table.errors) == (0, "")
    assert live in table.out
    assert dead not in table.out


def test_an_empty_list_says_so_and_is_a_list_for_programs(command):
    assert command.invoke("job", "list").out == "no jobs\n"
    assert json.loads(command.invoke("job", "list", "--json").out) == []


def test_explain_shows_every_move_and_who_made_it(command, flock):
    host = flock.host("anvil")
    job = flock.submit()
    flock.give_back(flock.take(host), "retry", "EngineUnavailable: no [connection]")
    flock.serve(host)
    ended = command.invoke("job", "explain", job)
    assert (ended.code, ended.errors) == (0, "")
    words = ended.out.split()
    assert [word for word in words if word in ("received", "queued", "claimed", "done", "delivered")] == [
        "received", "queued", "claimed", "queued", "claimed", "done", "delivered"
    ]  # fmt: skip
    assert "EngineUnavailable: no [connection]" in ended.out
    assert "answered by demo on" in ended.out


def test_explain_for_programs_has_the_marks_and_the_timings(command, flock):
    host = flock.host("anvil")
    job = flock.submit()
    flock.serve(host)
    told = json.loads(command.invoke("job", "explain", job, "--json").out)
    assert [mark["state"] for mark in told["marks"]] == ["received", "queued", "claimed", "done", "delivered"]
    assert told["usage"]["completion_tokens"] == 3
    assert next(iter(told["timings_ms"])) == "received"


def test_a_job_is_withdrawn(command, flock):
    job = flock.submit()
    ended = command.invoke("job", "withdraw", job)
    assert (ended.code, ended.out) == (0, f"{job} is withdrawn\n")
    assert flock.state(job) == "withdrawn"
    assert flock.view(job).marks[-1].who == "the command"


def test_what_failed_is_tried_again_once_however_often_that_is_asked(command, flock):
    job = flock.submit("how high?")
    host = flock.host()
    while flock.give_back(flock.take(host)) == "queued":
        pass
    first, second = command.invoke("job", "retry", job), command.invoke("job", "retry", job)
    assert (first.code, first.out) == (0, second.out)
    claim = flock.take(host)
    assert (claim.job in first.out, claim.request.text) == (True, "how high?")
    assert command.invoke("job", "list", "--dead").out == "no jobs\n"


@pytest.mark.parametrize("verb", ["explain", "withdraw", "retry"])
def test_an_unknown_job_is_two_lines_and_exit_code_two(command, verb):
    ended = command.run("job", verb, "nobody")
    assert (ended.code, ended.out) == (2, "")
    assert ended.errors == "rookery: there is no job 'nobody'\n  → `rookery job list` shows those that there are\n"


def test_status_is_watched_until_ctrl_c(command, flock):
    flock.submit()
    watching = command.start("status", "--watch")
    seen = watching.stdout.readline()
    while "1 live jobs" not in seen:
        seen = watching.stdout.readline()
    flock.submit()
    while "2 live jobs" not in seen:
        seen = watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    _, errors = watching.communicate(timeout=PATIENCE_S)
    assert (watching.returncode, errors) == (0, "")


def test_watching_is_not_for_programs(command):
    ended = command.run("status", "--watch", "--json")
    assert (ended.code, ended.out) == (2, "")
    assert "leave one of them out" in ended.errors


def test_without_redis_status_says_what_to_do(command, free_port):
    command.settings(f'[redis]\nurl = "redis://127.0.0.1:{free_port()}/0"\n')
    ended = command.run("status")
    assert (ended.code, ended.out) == (2, "")
    assert ended.errors.startswith("rookery: Redis did not answer")
    assert ended.errors.count("\n") == 2


def test_status_tells_where_a_persona_is_to_remember_and_nobody_is_up_who_does(command, flock):
    flock.host("anvil")
    assert "nobody remembers" not in command.invoke("status").out, "nor is anybody to"
    wren = '[[persona]]\nname = "wren"\nmodel = "demo"\nmemory = true\n'
    command.settings(f'[redis]\nurl = "{flock.url}"\n{wren}')
    assert remembering.ADVICE.split(",")[0] in " ".join(command.invoke("status").out.split())
    assert json.loads(command.invoke("status", "--json").out)["remembering"] is False
    flock.store.run(remembering.is_up(PATIENCE_S))
    assert "nobody remembers" not in command.invoke("status").out


def test_status_tells_where_a_persona_is_to_learn_and_nobody_is_up_who_trains(command, flock):
    flock.host("anvil")
    assert "nobody trains" not in command.invoke("status").out, "nor is anybody to"
    wren = '[[persona]]\nname = "wren"\nmodel = "demo"\nlearns = "liked"\n'
    command.settings(f'[redis]\nurl = "{flock.url}"\n{wren}')
    assert "nobody trains" in " ".join(command.invoke("status").out.split())
    flock.store.run(signs.TRAINING.is_up(PATIENCE_S))
    assert "nobody trains" not in command.invoke("status").out
