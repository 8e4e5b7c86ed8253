from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.importing.openclaw import MS, persona_file, read, said

SECRET = "ghp_" + "a1B2" * 9
FILES = {
    "AGENTS.md": "# AGENTS.md\n\nRead SOUL.md first.",
    "SOUL.md": "Have opinions.",
    "IDENTITY.md": "# IDENTITY.md - Who Am I?\n\n- **Name:** Molty\n- **Emoji:** 🦞\n",
    "USER.md": "# USER.md\n\n- **Name:** Ada\n- **Timezone:** Europe/Berlin\n- **Notes:**\n",
    "MEMORY.md": f"## Preferences\n- Likes green tea\n\n## Keys\n- token {SECRET}\n",
    "HEARTBEAT.md": "Look at the mail.",
    "memory/2026-03-18.md": "# 2026-03-18\n\n- Flight to Oslo booked for 3 May\n",
    "memory/2026-03-19-owls.md": "Talked about owls.",
    "memory/people/bob.md": "Bob is her brother.",
    "skills/juggle/SKILL.md": "Juggle.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace as OpenClaw leaves it."""
    made = tmp_path / "workspace"
    for name, text in FILES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text)
    return made


def test_a_folder_is_told_apart_into_prompt_memories_and_what_stays_behind(folder: Path) -> None:
    found = read(folder)
    assert (found.name, found.workspace) == ("Molty", ("AGENTS.md", "SOUL.md", "IDENTITY.md"))
    assert [(note.file, note.text) for note in found.notes] == [
        ("USER.md", "Name: Ada"),
        ("USER.md", "Timezone: Europe/Berlin"),
        ("MEMORY.md", "Preferences: Likes green tea"),
        ("memory/2026-03-18.md", "Flight to Oslo booked for 3 May"),
        ("memory/2026-03-19-owls.md", "Talked about owls."),
        ("memory/people/bob.md", "Bob is her brother."),
    ]
    assert [line.partition(":")[0] for line in found.left] == ["HEARTBEAT.md", "skills", "1 note"]


def test_a_days_file_was_said_that_day_and_others_when_they_were_last_written(folder: Path) -> None:
    os.utime(folder / "MEMORY.md", (1_700_000_000, 1_700_000_000))
    at_ms = {note.file: note.at_ms for note in read(folder).notes}
    assert datetime.fromtimestamp(at_ms["memory/2026-03-18.md"] / MS, UTC).date().isoformat() == "2026-03-18"
    assert at_ms["MEMORY.md"] == 1_700_000_000 * MS


def test_nothing_in_the_folder_is_changed(folder: Path) -> None:
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.rglob("*.md")}
    read(folder)
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.rglob("*.md")} == before


def test_an_agent_without_a_name_is_called_as_its_folder_is(folder: Path) -> None:
    (folder / "IDENTITY.md").write_text("- **Name:**\n  _(pick something you like)_\n")
    assert read(folder).name == "workspace"
    (folder / "IDENTITY.md").unlink()
    assert read(folder).name == "workspace"


def test_what_leads_out_of_the_folder_stays_out(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "diary.md").write_text("Somebody else's.")
    (folder / "memory" / "2026-03-20.md").symlink_to(tmp_path / "diary.md")
    found = read(folder)
    assert not any("else's" in note.text for note in found.notes)
    assert "memory/2026-03-20.md: leads out of the folder" in found.left


def test_the_same_file_by_two_names_is_read_once(folder: Path) -> None:
    os.link(folder / "MEMORY.md", folder / "memory.md")
    assert [note.text for note in read(folder).notes].count("Preferences: Likes green tea") == 1


def test_a_folder_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"has none of AGENTS\.md, SOUL\.md"):
        read(tmp_path)
    with pytest.raises(ConfigurationError, match="No such file or directory"):
        read(tmp_path / "nowhere")


def test_the_same_note_is_the_same_message_and_another_persons_is_not(folder: Path) -> None:
    found = read(folder)
    jobs = [turn.job for turn, _ in said(found, "Molty", "web:local")]
    assert jobs == [turn.job for turn, _ in said(read(folder), "Molty", "web:local")]
    assert len(set(jobs)) == len(jobs)
    assert set(jobs).isdisjoint(turn.job for turn, _ in said(found, "Molty", "discord:7"))


def test_the_persona_has_the_folder_for_its_workspace_and_remembers(folder: Path) -> None:
    assert persona_file(read(folder), "Molty", "demo") == (
        f'name = "Molty"\nmodel = "demo"\nworkspace = "{folder}"\nmemory = true\n'
    )
