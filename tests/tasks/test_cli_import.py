"""`rookery import openclaw`, as somebody who moves here has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.jobs.archive import ArchiveStream
from tasks.jobs.store import Store
from tests.command import Command


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "claw"
    folder.mkdir()
    (folder / "SOUL.md").write_text("You are a lobster.")
    (folder / "MEMORY.md").write_text("- my dog is called Rex\n")
    (folder / "HEARTBEAT.md").write_text("Look at the mail.")
    return folder


def test_a_folder_is_taken_in_and_what_stays_behind_is_told(command: Command, workspace: Path, redis_url: str) -> None:
    ended = command.invoke("import", "openclaw", str(workspace), "--persona", "Molty")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "Molty: SOUL.md goes into its prompt, read anew when edited",
        "1 note taken in, for web:local and nobody else: what `rookery run memory` makes memories of,"
        " at once where it is at work",
        f"wrote {command.folder}/data/personalities/molty.toml: say something with `rookery chat --persona 'Molty'`",
        "! HEARTBEAT.md: nothing wakes a persona by itself; [[persona.triggers]] with `silence` come nearest",
    ]
    store = Store.open(redis_url)
    stream = ArchiveStream(store)
    stream.open()
    [entry] = stream.fresh(10)
    store.close()
    assert "my dog is called Rex" in entry.fields["turn"]
    assert "Molty" in command.invoke("persona", "list").out
    again = command.invoke("import", "openclaw", str(workspace), "--persona", "Molty")
    assert again.out.splitlines()[1:-1] == ["1 note known from before"]


def test_a_dry_run_writes_nothing(command: Command, workspace: Path) -> None:
    ended = command.invoke("import", "openclaw", str(workspace), "--dry-run")
    assert "1 note in it would be told to web:local by claw, and to nobody else" in ended.out
    assert f"{command.folder}/data/personalities/claw.toml would be written" in ended.out
    assert not (command.folder / "data" / "personalities").exists()


def test_a_folder_that_is_none_is_told_with_what_to_do(command: Command) -> None:
    with pytest.raises(ConfigurationError, match=r"give the folder that AGENTS\.md and SOUL\.md lie in"):
        command.invoke("import", "openclaw", "nowhere")
