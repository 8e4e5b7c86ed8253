"""Secrets come from a variable or a file, and what is wrong with either is told without them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts import secret as module
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.secret import exposed, required, secret

CANARY = "correct-horse-battery"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of a secret that its owner alone may read."""
    path = tmp_path / "secret"
    path.write_text(f"{CANARY}\n", encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_line_ends_behind_a_secret_are_not_part_of_it(file: Path, ending: str) -> None:
    file.write_bytes((CANARY + ending).encode())
    assert secret({"X_FILE": str(file)}, "X") == CANARY


def test_blanks_are_part_of_a_secret(file: Path) -> None:
    file.write_text(f" {CANARY} \n", encoding="utf-8")
    assert secret({"X_FILE": str(file)}, "X") == f" {CANARY} "


@pytest.mark.parametrize("content", ["", "\n", "  \n"])
def test_a_file_without_a_secret_is_refused(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="that file is empty"):
        secret({"X_FILE": str(file)}, "X")


def test_a_file_with_more_than_the_secret_is_refused_and_not_quoted(file: Path) -> None:
    file.write_text(f"{CANARY}\n# rotate in May\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="more than one line") as caught:
        secret({"X_FILE": str(file)}, "X")
    assert CANARY not in str(caught.value)


def test_two_sources_of_one_secret_are_refused_and_neither_is_quoted(file: Path) -> None:
    with pytest.raises(ConfigurationError, match="X and X_FILE are both set") as caught:
        secret({"X": CANARY, "X_FILE": str(file)}, "X")
    assert CANARY not in str(caught.value)


def test_one_that_is_required_is_named_with_what_it_is_and_how_to_give_it() -> None:
    with pytest.raises(ConfigurationError) as caught:
        required({"X": ""}, "X", "the key of host 'studio'")
    assert caught.value.message == "X is not set; it holds the key of host 'studio'"
    assert "X_FILE" in caught.value.next_step
    assert required({"X": CANARY}, "X", "a key") == CANARY


@pytest.mark.parametrize(("mode", "told"), [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1)])
def test_a_file_that_others_may_read_is_told(file: Path, mode: int, told: int) -> None:
    file.chmod(mode)
    lines = list(exposed({"X_FILE": str(file), "Y": CANARY}, ["X", "Y", "Z"]))
    assert len(lines) == told
    assert all(line.startswith("X_FILE = ") and "chmod 600" in line for line in lines)


def test_where_container_engines_put_secrets_all_may_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.chmod(0o444)
    monkeypatch.setattr(module, "ENGINES_OWN", file.parent)
    assert not list(exposed({"X_FILE": str(file)}, ["X"]))
