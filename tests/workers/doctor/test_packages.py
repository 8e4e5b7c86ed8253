from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workers.doctor.findings import Level
from workers.doctor.packages import HOME, look

HERE = [str(HOME)]


def installed(site: Path, name: str, *, top_level: str = "", record: str = "") -> Path:
    """Put a distribution into a site folder, as pip would leave it there."""
    told = site / f"{name.replace('-', '_')}-1.0.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    for file, text in (("top_level.txt", top_level), ("RECORD", record)):
        if text:
            (told / file).write_text(text)
    return site


def test_an_environment_of_our_own_is_well():
    [found] = look(sys.path, HOME)
    assert (found.level, found.what) == (Level.OK, "tasks, bots, workers, schedules, celeryconfig are Rookery's alone")


@pytest.mark.parametrize("told", [{"top_level": "other\ntasks\n"}, {"record": "tasks/__init__.py,,\nother.py,,\n"}])
def test_another_package_that_installs_tasks_is_a_problem(tmp_path: Path, told: dict[str, str]):
    site = installed(tmp_path / "site", "todo-list", **told)
    [found] = look([*HERE, str(site)], HOME)
    assert found.level is Level.PROBLEM
    assert found.what.startswith("the package 'todo-list' also installs 'tasks'")
    assert "pip uninstall todo-list" in found.next_step


def test_our_own_package_is_no_stranger(tmp_path: Path):
    site = installed(tmp_path / "site", "rookery", top_level="tasks\nbots\nworkers\nschedules\n")
    [found] = look([*HERE, str(site)], HOME)
    assert found.level is Level.OK


def test_a_module_that_python_takes_instead_of_ours_is_a_problem(tmp_path: Path):
    (tmp_path / "schedules.py").touch()
    [found] = look([str(tmp_path), *HERE], HOME)
    file = tmp_path / "schedules.py"
    assert (found.level, found.what) == (
        Level.PROBLEM,
        f"Python takes {file} for Rookery's 'schedules', which is in {HOME}",
    )


def test_a_module_behind_ours_is_a_warning(tmp_path: Path):
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "__init__.py").touch()
    [found] = look([*HERE, str(tmp_path)], HOME)
    assert (found.level, str(tmp_path / "bots") in found.next_step) == (Level.WARNING, True)


def test_a_folder_that_is_no_package_is_left_alone(tmp_path: Path):
    (tmp_path / "tasks").mkdir()
    [found] = look([*HERE, str(tmp_path)], tmp_path)
    assert found.level is Level.OK


@pytest.mark.parametrize("file", ["tasks.py", "tasks/__init__.py"])
def test_a_tasks_module_in_the_current_folder_is_a_warning(tmp_path: Path, file: str):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    [found] = look(HERE, tmp_path)
    assert found.level is Level.WARNING
    assert "`celery -A tasks`" in found.what
    assert str((tmp_path / file).parent if "/" in file else tmp_path / file) in found.what


def test_what_python_takes_anyway_is_told_once(tmp_path: Path):
    (tmp_path / "tasks.py").touch()
    assert len(look([str(tmp_path), *HERE], tmp_path)) == 1
