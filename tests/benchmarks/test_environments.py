from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from benchmarks import environments
from benchmarks.environments import PINS, STAMP, pinned_version, python_of
from tasks.contracts.errors import ProcessFailed


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note what would be run."""
    run: list[list[str]] = []

    def note(command: list[str]) -> None:
        run.append(command)
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(environments, "_run", note)
    return run


def test_an_environment_is_made_once(tmp_path: Path, commands: list[list[str]]) -> None:
    python = python_of("rq", tmp_path)
    assert [words[:3] for words in commands] == [[sys.executable, "-m", "venv"], [python, "-m", "pip"]]
    assert commands[1][-1] == str(PINS / "rq.txt")
    assert python_of("rq", tmp_path) == python
    assert len(commands) == 2


def test_other_pins_are_another_environment(tmp_path: Path, commands: list[list[str]]) -> None:
    (tmp_path / "arq").mkdir()
    (tmp_path / "arq" / STAMP).write_text(hashlib.sha256(b"arq==0.1").hexdigest())
    python_of("arq", tmp_path)
    assert "--clear" in commands[0]
    assert (tmp_path / "arq" / STAMP).read_text() == hashlib.sha256((PINS / "arq.txt").read_bytes()).hexdigest()


def test_an_installation_that_fails_is_told_with_its_words() -> None:
    with pytest.raises(ProcessFailed, match="no such package"):
        environments._run([sys.executable, "-c", "raise SystemExit('no such package')"])


def test_the_version_is_the_one_that_is_pinned() -> None:
    assert f"dramatiq[redis]=={pinned_version('dramatiq')}" in (PINS / "dramatiq.txt").read_text()
