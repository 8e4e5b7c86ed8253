"""What the doctor says of personas that are to learn."""

from __future__ import annotations

import pytest

from tasks.contracts import wanted
from tests.tasks.jobs.flock import Flock
from workers.doctor.findings import Level
from workers.doctor.training import look

WREN = '[[persona]]\nname = "wren"\nmodel = "demo"\nlearns = "liked"\n'


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all packages."""
    monkeypatch.setattr(wanted, "FOR_TRAINING", ("json",))


def test_where_nobody_is_to_learn_nothing_is_said(told):
    assert look(told("")) == []
    assert look(told(WREN + "enabled = false\n")) == []


def test_who_can_learn_is_said_by_name(told):
    [found] = look(told(WREN))
    assert (found.level, found.what) == (Level.OK, "wren can learn")


def test_where_another_machine_is_the_one_that_may_learn_nothing_is_missed_here(told, monkeypatch):
    monkeypatch.setattr(wanted, "FOR_TRAINING", ("no_such_package",))
    [found] = look(told('[[host]]\nname = "gpu"\nengine = "fake"\nlabels = ["train"]\nagent = "other"\n' + WREN))
    assert (found.level, "on other machines alone" in found.what) == (Level.OK, True)


def test_packages_that_are_missing_are_named_with_what_installs_them(told, monkeypatch):
    monkeypatch.setattr(wanted, "FOR_TRAINING", ("json", "no_such_package"))
    [found] = look(told(WREN))
    assert (found.level, "no_such_package" in found.what, "[training]" in found.next_step) == (
        Level.PROBLEM,
        True,
        True,
    )


@pytest.mark.parametrize("section", ["training", "transcript"])
def test_a_persona_that_is_to_learn_where_nothing_is_kept_is_a_warning(told, section):
    [found] = look(told(f"{WREN}[{section}]\nenabled = false\n"))
    assert (found.level, f"[{section}]" in found.what) == (Level.WARNING, True)


def test_a_model_without_weights_here_cannot_be_trained(told):
    host = '[[host]]\nname = "home"\nengine = "fake"\nmodels = ["far"]\n'
    served = f'[[model]]\nname = "far"\naliases = {{home = "far"}}\n{host}'
    [found] = look(told(served + WREN.replace("demo", "far")))
    assert (found.level, "weights of its model 'far'" in found.what) == (Level.PROBLEM, True)
    assert "checkpoint" in found.next_step


def test_a_flock_that_runs_without_who_trains_is_a_warning(told, redis_url):
    settings = told(f'{WREN}[redis]\nurl = "{redis_url}"\n')
    assert look(settings)[0].level == Level.OK, "nothing runs yet"
    flock = Flock(redis_url)
    flock.host()
    [found] = look(settings)
    assert (found.level, "nobody trains" in found.what) == (Level.WARNING, True)
    assert "rookery run training" in found.next_step
