"""The files of a workspace go on behind a prompt: in order, capped, and as they are now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tasks.contracts.messages import MAX_TEXT_CHARS
from tasks.contracts.personas import WORKSPACE_FILES
from tasks.contracts.workspace import MAX_FILE_CHARS, Workspaces


def test_the_files_follow_the_prompt_each_under_its_name(tmp_path: Path) -> None:
    for name in ("TOOLS.md", "AGENTS.md", "NOTES.md"):
        (tmp_path / name).write_text(f"\ufeff  about {name}\n\n", encoding="utf-8")
    told = "Be Luna.\n\n# AGENTS.md\n\nabout AGENTS.md\n\n# TOOLS.md\n\nabout TOOLS.md"
    assert Workspaces().joined("Be Luna.", tmp_path) == (told, [])
    assert Workspaces().joined("", tmp_path)[0].startswith("# AGENTS.md")


def test_files_that_are_not_there_or_empty_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "SOUL.md").write_text(" \n")
    assert Workspaces().joined("Be Luna.", tmp_path) == ("Be Luna.", [])


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    prompt, faults = Workspaces().joined("Be Luna.", tmp_path / "lnua")
    assert (prompt, faults) == ("Be Luna.", [f"{tmp_path / 'lnua'}: there is no such folder"])


@pytest.mark.parametrize("letter", ["x", "ü", "月", "🌙"])
def test_a_file_is_cut_at_its_cap_and_that_is_told(tmp_path: Path, letter: str) -> None:
    file = tmp_path / "SOUL.md"
    file.write_text(letter * MAX_FILE_CHARS, encoding="utf-8")
    text, faults = Workspaces().joined("", tmp_path)
    assert (text.count(letter), faults) == (MAX_FILE_CHARS, [])
    file.write_text(letter * (MAX_FILE_CHARS + 1), encoding="utf-8")
    text, faults = Workspaces().joined("", tmp_path)
    assert text.count(letter) == MAX_FILE_CHARS
    assert faults == [f"{file}: only its first {MAX_FILE_CHARS} characters are used"]


def test_a_file_without_an_end_is_read_no_further_than_its_cap(tmp_path: Path) -> None:
    with (tmp_path / "SOUL.md").open("wb") as file:
        file.truncate(2**40)  # a terabyte of nothing, which takes no room on the disk
    assert len(Workspaces().joined("", tmp_path)[0]) == MAX_FILE_CHARS + len("# SOUL.md\n\n")


def test_prompt_and_files_together_have_a_cap(tmp_path: Path) -> None:
    (tmp_path / "SOUL.md").write_text("y" * MAX_FILE_CHARS)
    text, faults = Workspaces().joined("x" * (MAX_TEXT_CHARS - 100), tmp_path)
    assert len(text) == MAX_TEXT_CHARS
    assert "the rest is cut" in faults[0]


def test_what_is_no_ordinary_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "SOUL.md")
    (tmp_path / "TOOLS.md").mkdir()
    prompt, faults = Workspaces().joined("Be Luna.", tmp_path)
    assert prompt == "Be Luna."
    assert [line.split(": ")[1] for line in faults] == ["wanted an ordinary file"] * 2


def test_bytes_that_are_no_text_do_not_stop_the_rest(tmp_path: Path) -> None:
    (tmp_path / "SOUL.md").write_bytes(b"kind \xff and quiet")
    assert Workspaces().joined("", tmp_path)[0].endswith("kind \ufffd and quiet")


def test_what_nobody_asks_for_any_more_is_not_watched(tmp_path: Path) -> None:
    known = Workspaces()
    known.begin()
    known.joined("", tmp_path)
    known.end()
    assert len(known.fingerprints()) == len(WORKSPACE_FILES)
    known.begin()
    known.end()
    assert known.fingerprints() == {}
