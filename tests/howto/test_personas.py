"""docs/howto/personas.md, done as it says: with the files that it shows, and its commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tasks.contracts.errors import PersonaAway
from tasks.contracts.personas import WORKSPACE_FILES
from tasks.contracts.settings import load
from tasks.contracts.workspace import MAX_FILE_CHARS
from tests.command import Command

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "personas.md").read_text(encoding="utf-8")
TABLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with Luna in it, as the page has her when one has read all of it."""
    monkeypatch.chdir(tmp_path)
    named = re.search(r"Put `([^`]+)` there", PAGE)
    assert named
    file = tmp_path / named[1]
    file.parent.mkdir(parents=True)
    file.write_text("".join(TABLES), encoding="utf-8")
    (file.parent / "luna").mkdir()
    (file.parent / "luna" / "SOUL.md").write_text("She is patient.", encoding="utf-8")
    return tmp_path


def test_luna_is_there_with_her_workspace(folder: Path) -> None:
    settings = load(None, {})
    assert not settings.troubles
    assert [persona.name for persona in settings.fleet.personas] == ["rookery", "Luna"]
    luna = settings.fleet.persona("Luna")
    assert luna.prompt.endswith("\n\n# SOUL.md\n\nShe is patient.")
    assert (luna.aliases, luna.per_hour, luna.triggers[0].value) == (("moon",), 30, "eclipse")


def test_a_mistake_is_told_as_the_page_shows_it(folder: Path) -> None:
    file = folder / "data" / "personalities" / "luna.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("temperature = 0.8", "temperature = 9"), encoding="utf-8")
    shown = re.search(r"```\n✗ data/personalities/(.*)\n```", PAGE)
    assert shown
    (told,) = load(None, {}).troubles
    assert told == f"{file.parent}/{shown[1]}"


def test_the_page_says_which_files_and_what_caps() -> None:
    assert all(f"`{name}`" in PAGE for name in WORKSPACE_FILES)
    assert f"{MAX_FILE_CHARS:,}" in PAGE


def test_luna_is_disabled_seen_so_and_enabled_as_the_page_says(
    folder: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    command = Command(folder)
    command.settings("")
    disable, enable = (shlex.split(line) for line in re.findall(r"^rookery (persona (?:dis|en)able .*)$", PAGE, re.M))
    assert command.invoke(*disable).out == "Luna takes no more messages\n"
    assert "away: she repeats herself" in command.invoke("persona", "list").out
    asked = re.search(r"^rookery (ask .*)$", PAGE, re.M)
    assert asked
    with pytest.raises(PersonaAway, match="Luna takes no messages just now: she repeats herself"):
        command.invoke(*shlex.split(asked[1]))
    assert command.invoke(*enable).out == "Luna takes messages again\n"
    assert "away" not in command.invoke("persona", "list").out
