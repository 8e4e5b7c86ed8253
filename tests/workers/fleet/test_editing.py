"""Hosts put into rookery.toml and taken out of it: comments stay, and what could not be is never written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError, UnknownThing
from tasks.contracts.settings import load
from workers.fleet.editing import add_host, remove_host

TOML = """\
# mine
[[model]]
name = "echo"   # the model
aliases = { home = "echo" }

[[host]]
name = "home"
engine = "fake" # here

[[persona]]
name = "a"
model = "echo"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with comments."""
    made = tmp_path / "rookery.toml"
    made.write_text(TOML)
    made.chmod(0o640)
    return made


def test_a_host_is_added_and_every_comment_stays(file: Path) -> None:
    add_host(file, "attic", {"engine": "fake", "models": ["echo"], "agent": "", "memory_gib": None})
    text = file.read_text()
    assert [line for line in TOML.splitlines() if line not in text.splitlines()] == []
    assert '[[host]]\nname = "attic"\nengine = "fake"\nmodels = ["echo"]\n' in text
    assert [host.name for host in load(file, {}).fleet.hosts] == ["home", "attic"]
    assert file.stat().st_mode & 0o777 == 0o640


def test_what_is_added_and_removed_leaves_the_file_as_it_was(file: Path) -> None:
    add_host(file, "attic", {"engine": "fake"})
    remove_host(file, "attic")
    assert file.read_text() == TOML


def test_the_host_that_needs_no_entry_gets_one_beside_another(tmp_path: Path) -> None:
    file = tmp_path / "rookery.toml"
    add_host(file, "studio", {"agent": "studio"})
    assert [(host.name, host.agent) for host in load(file, {}).fleet.hosts] == [("home", ""), ("studio", "studio")]


@pytest.mark.parametrize(
    ("name", "entry", "why"),
    [
        ("home", {}, "has a host 'home' already"),
        ("HOME", {}, "home"),
        ("attic", {"engine": "teapot"}, "teapot"),
        ("attic", {"models": ["nobody"]}, "nobody"),
        ("a,b", {}, "without commas"),
    ],
)
def test_what_could_not_be_is_not_written(file: Path, name: str, entry: dict[str, object], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        add_host(file, name, entry)
    assert file.read_text() == TOML
    assert [each.name for each in file.parent.iterdir()] == ["rookery.toml"]


def test_the_last_host_of_a_persona_is_not_taken_away(file: Path) -> None:
    with pytest.raises(ConfigurationError, match="no host may hold this model"):
        remove_host(file, "home")
    assert file.read_text() == TOML


def test_a_host_that_is_not_there_is_told_with_those_that_are(file: Path) -> None:
    with pytest.raises(UnknownThing, match=r"no \[\[host\]\] 'attic'; there are: home"):
        remove_host(file, "attic")


def test_a_file_that_cannot_be_read_is_left_alone(file: Path) -> None:
    file.write_text("[[host]\n")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        add_host(file, "attic", {})
    assert file.read_text() == "[[host]\n"
