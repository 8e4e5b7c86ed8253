from __future__ import annotations

from pathlib import Path

import pytest

from workers.doctor.configuration import read
from workers.doctor.findings import Finding, Level


def problems(found: list[Finding]) -> list[str]:
    return [finding.what for finding in found if finding.level is Level.PROBLEM]


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    settings, (found,) = read(None, {})
    assert settings is not None
    assert (found.level, found.what.split(",")[0]) == (Level.OK, "no rookery.toml here")


def test_a_file_that_can_be_used_is_told_with_what_it_describes(tmp_path: Path):
    file = tmp_path / "rookery.toml"
    file.write_text("[web]\nport = 8081\n")
    _, (found,) = read(file, {})
    assert found == Finding("settings", Level.OK, f"{file} can be used: 1 model, 1 host, 1 persona")


def test_every_problem_of_a_file_is_a_finding_of_its_own_and_what_could_not_be_looked_at_is_said(tmp_path: Path):
    file = tmp_path / "rookery.toml"
    file.write_text('[web]\nport = 0\ncolour = 1\n[[persona]]\nname = "a"\nmodel = "gone"\n')
    settings, found = read(file, {"ROOKERY_SPEED": "1"})
    assert settings is None
    told = problems(found)
    for word in ("web.port = 0", "web.colour", "'a'", "ROOKERY_SPEED"):
        assert len([line for line in told if word in line]) == 1, word
    assert found[-1].level is Level.NOTE
    assert "not looked at" in found[-1].what
    assert all(finding.next_step for finding in found[:-1])


def test_a_file_that_was_named_and_is_not_there_is_a_problem(tmp_path: Path):
    settings, found = read(tmp_path / "gone.toml", {})
    assert settings is None
    assert "gone.toml: cannot be read: No such file" in problems(found)[0]


def test_a_model_file_that_is_not_there_is_a_problem(tmp_path: Path):
    (tmp_path / "here.gguf").touch()
    file = tmp_path / "rookery.toml"
    file.write_text('[[model]]\nname = "a"\ngguf = "here.gguf"\n[[model]]\nname = "b"\ngguf = "gone.gguf"\n')
    settings, found = read(file, {})
    assert settings is not None
    assert problems(found) == ["the file of model 'b' is not there: gone.gguf"]


def test_what_may_leave_the_house_is_noted(tmp_path: Path):
    file = tmp_path / "rookery.toml"
    file.write_text(
        "[[model]]\nname = 'm'\naliases = { openai = 'm' }\n"
        "[[host]]\nname = 'sky'\nengine = 'http://127.0.0.1:1'\ncloud = true\n"
        "[[persona]]\nname = 'ada'\nmodel = 'm'\nprivate = false\nallow_cloud = true\n"
    )
    _, (_, found) = read(file, {})
    assert (found.level, "'ada' may leave the house: host 'sky'" in found.what) == (Level.NOTE, True)
