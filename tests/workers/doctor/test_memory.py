"""What the doctor says of personas that are to remember."""

from __future__ import annotations

import pytest

from tasks.contracts import wanted
from tasks.jobs import remembering
from tasks.memory.embedders import embedding
from tests.tasks.jobs.flock import Flock
from tests.tasks.memory import tiny_bert
from workers.doctor.findings import Level
from workers.doctor.memory import look

WREN = '[[persona]]\nname = "wren"\nmodel = "demo"\nmemory = true\n'


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """Have all packages, and the model among the files of the flock."""
    monkeypatch.setattr(wanted, "FOR_MEMORY", ("json",))
    tiny_bert.keep(tmp_path / "models" / "all-MiniLM-L6-v2")


def test_where_nobody_is_to_remember_nothing_is_said(told):
    assert look(told("")) == []
    assert look(told(WREN.replace("true", "false"))) == []
    assert look(told(WREN + "enabled = false\n")) == []


@pytest.mark.usefixtures("installed")
def test_who_can_remember_is_said_by_name(told):
    [found] = look(told(WREN))
    assert (found.level, found.what) == (Level.OK, "wren can remember")


def test_packages_that_are_missing_are_named_with_what_installs_them(told, monkeypatch):
    monkeypatch.setattr(wanted, "FOR_MEMORY", ("json", "no_such_package"))
    [found] = look(told(WREN))
    assert (found.level, "no_such_package" in found.what, "json" in found.what) == (Level.PROBLEM, True, False)
    assert "[memory]" in found.next_step


def test_a_model_that_is_not_here_is_a_problem(told, monkeypatch):
    monkeypatch.setattr(wanted, "FOR_MEMORY", ("json",))
    [found] = look(told(f'{WREN}[memory]\nmodel = "no-such-model"\n'))
    assert (found.level, "'no-such-model' is not on this machine" in found.what) == (Level.PROBLEM, True)


@pytest.mark.usefixtures("installed")
def test_a_model_that_nothing_here_computes_is_a_problem(told, tmp_path, monkeypatch):
    monkeypatch.setattr(embedding, "TORCHED", "no_such_package")
    tiny_bert.keep(tmp_path / "models" / "other", {"config.json": {"model_type": "mpnet"}})
    [found] = look(told(f'{WREN}[memory]\nmodel = "other"\n'))
    assert (found.level, "needs no-such-package" in found.what) == (Level.PROBLEM, True)


@pytest.mark.usefixtures("installed")
def test_a_server_that_is_away_is_a_problem_that_costs_no_reply(told, free_port):
    [found] = look(told(f'{WREN}[memory]\nurl = "http://127.0.0.1:{free_port()}"\n'))
    assert (found.level, "does not answer" in found.what) == (Level.PROBLEM, True)
    assert "replies go out" in found.next_step


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("section", ["memory", "transcript"])
def test_a_persona_that_is_to_remember_where_nothing_is_kept_is_a_warning(told, section):
    [found] = look(told(f"{WREN}[{section}]\nenabled = false\n"))
    assert (found.level, f"[{section}]" in found.what) == (Level.WARNING, True)


@pytest.mark.usefixtures("installed")
def test_a_flock_that_runs_without_who_remembers_is_a_warning(told, redis_url):
    settings = told(f'{WREN}[redis]\nurl = "{redis_url}"\n')
    flock = Flock(redis_url)
    assert look(settings)[0].level == Level.OK, "nothing runs yet"
    flock.host()
    [found] = look(settings)
    assert (found.level, "nobody remembers" in found.what) == (Level.WARNING, True)
    assert "rookery run memory" in found.next_step
    flock.store.run(remembering.is_up())
    assert look(settings)[0].level == Level.OK
