"""A workspace folder of OpenClaw: what becomes a persona, what becomes memories, and what has no counterpart here.

The folder stays where it is, as it is. What says who the agent is (`AGENTS.md`, `SOUL.md`, `TOOLS.md`, `IDENTITY.md`)
is the persona's workspace from then on. What it knows of its human (`USER.md`, `MEMORY.md`, `memory/`) is for that
human alone, so it never stands in a prompt that others are answered with: it becomes memories of that one person.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.messages import Turn, job_id
from tasks.contracts.personas import WORKSPACE_FILES
from tasks.contracts.scrubbing import scrub
from tasks.contracts.tomltext import written
from tasks.importing.draft import fitting
from tasks.importing.notes import notes_of

SOURCE = "openclaw"
LONG_TERM = ("USER.md", "MEMORY.md", "memory.md")
DAYS = "memory"
IDENTITY = "IDENTITY.md"
OWN_FILES = (*WORKSPACE_FILES, *LONG_TERM)
NO_COUNTERPART = {
    "HEARTBEAT.md": "nothing wakes a persona by itself; [[persona.triggers]] with `silence` come nearest",
    "BOOTSTRAP.md": "is for a first talk that is over",
    "BOOT.md": "nothing is run when a flock starts",
    "DREAMS.md": "what sleep made of memories is made anew here, each night",
    "skills": "personas have no skills; what is in TOOLS.md goes into the prompt",
    "canvas": "there is no canvas",
}
MOST_BYTES = 4 << 20  # of one file
MOST_FILES = 10_000
MS = 1000
_NAME = re.compile(
    r"^[ \t]*[-*+]?[ \t]*\**name\**[ \t]*[:：][ \t]*\**[ \t]*(\S.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MARKS = re.compile(r"[*_`]")


@dataclass(frozen=True)
class Note:
    """Something the agent knew of its human."""

    file: str
    """Below the folder."""
    text: str
    at_ms: int


@dataclass(frozen=True)
class Found:
    """What is in a folder."""

    folder: Path
    name: str
    """What the agent calls itself; else the folder's name."""
    workspace: tuple[str, ...]
    """The files of it that go into prompts."""
    notes: tuple[Note, ...]
    left: tuple[str, ...]
    """A line on each thing that stays behind."""


def read(folder: Path) -> Found:
    """Return what is in a workspace folder; nothing there is changed.

    Raises:
        ConfigurationError: it is no such folder, or cannot be read.
    """
    folder = folder.expanduser().resolve()
    try:
        there = sorted(entry.name for entry in folder.iterdir())
        files = [*(folder / name for name in LONG_TERM if name in there), *_days(folder / DAYS)]
        own = [file for file in files if file.resolve().is_relative_to(folder)]
        notes = [note for file in _each_once(own) for note in _notes(file, folder)]
        workspace = tuple(name for name in WORKSPACE_FILES if name in there)
        called = _called(_text(folder / IDENTITY)) if IDENTITY in there else ""
    except OSError as exc:
        raise ConfigurationError(
            f"{exc.filename or folder}: {exc.strerror}", next_step="give the folder that AGENTS.md and SOUL.md lie in"
        ) from exc
    if not workspace and not notes:
        raise ConfigurationError(
            f"{folder} has none of {', '.join(OWN_FILES)}",
            next_step="give a workspace folder of OpenClaw, such as ~/.openclaw/workspace",
        )
    kept = tuple(note for note in notes if not scrub(note.text).dropped)
    left = [f"{name}: {why}" for name, why in NO_COUNTERPART.items() if name in there]
    left += [f"{file.relative_to(folder)}: leads out of the folder" for file in files if file not in own]
    if secret := len(notes) - len(kept):
        left.append(f"{secret} note{'s' if secret > 1 else ''}: with a secret inside, which no memory is to hold")
    return Found(folder, called or fitting(folder.name) or SOURCE, workspace, kept, tuple(left))


def persona_file(found: Found, name: str, model: str) -> str:
    """Return the file of a persona whose workspace the folder is."""
    keys = {"name": name, "model": model, "workspace": str(found.folder), "memory": True}
    return "".join(f"{key} = {written(value)}\n" for key, value in keys.items())


def said(found: Found, persona: str, person: str) -> list[tuple[Turn, int | None]]:
    """Return the notes as the ledger takes them in: the same note of the same file is there once, however often."""
    return [
        (
            Turn(
                role="user",
                text=note.text,
                author=person,
                job=job_id(SOURCE, persona, person, note.file, persona=persona, kind=note.text),
            ),
            note.at_ms,
        )
        for note in found.notes
    ]


def _called(identity: str) -> str:
    found = _NAME.search(identity)
    name = _MARKS.sub("", found[1]).strip() if found else ""
    return "" if name.startswith(("(", "[")) else fitting(name)


def _days(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*.md") if not path.name.startswith(".")) if folder.is_dir() else []
    if len(found) > MOST_FILES:
        raise ConfigurationError(
            f"{folder} has more than {MOST_FILES} files", next_step="import a part of it from a folder of its own"
        )
    return found


def _each_once(files: Sequence[Path]) -> Iterator[Path]:
    """Yield files, those once that are the same: `memory.md` is `MEMORY.md` where the disk tells no case."""
    seen: set[tuple[int, int]] = set()
    for file in files:
        about = file.stat()
        if stat.S_ISREG(about.st_mode) and (key := (about.st_dev, about.st_ino)) not in seen:
            seen.add(key)
            yield file


def _notes(file: Path, folder: Path) -> Iterator[Note]:
    named = file.relative_to(folder).as_posix()
    at_ms = _day_ms(file.name) or int(file.stat().st_mtime * MS)
    for text in notes_of(_text(file)):
        yield Note(named, text, at_ms)


def _day_ms(name: str) -> int | None:
    """Return noon of the day that a file is named after."""
    found = _DAY.match(name)
    try:
        return int(datetime.fromisoformat(f"{found[0]}T12:00:00+00:00").timestamp() * MS) if found else None
    except ValueError:
        return None


def _text(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES).decode("utf-8-sig", errors="replace")
