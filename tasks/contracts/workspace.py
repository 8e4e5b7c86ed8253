"""The workspace of a persona: a folder whose few files go on behind its prompt, each up to a cap."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from tasks.contracts.messages import MAX_TEXT_CHARS
from tasks.contracts.personas import WORKSPACE_FILES
from tasks.contracts.reread import MISSING, Fingerprint, Reread, fingerprint

MAX_FILE_CHARS = 20_000
_MAX_UTF8 = 4  # bytes of a character


@dataclass(frozen=True)
class Page:
    """The text of one file, as far as it is used."""

    text: str
    fault: str = ""
    """What the person who wrote it should know; empty: all is well."""


class Workspaces:
    """The files of all workspaces, each read again when it has changed."""

    def __init__(self) -> None:
        self._pages = Reread(_read)
        self._seen: dict[Path, Fingerprint] = {}

    def joined(self, prompt: str, folder: Path) -> tuple[str, list[str]]:
        """Return a prompt with what is in the folder behind it, and a line on each thing that is wrong with that.

        Files that are not there are passed over.
        """
        if not _is_folder(folder):
            self._look(folder)
            return prompt, [f"{folder}: there is no such folder"]
        parts, faults = [prompt] if prompt else [], []
        for name in WORKSPACE_FILES:
            file = folder / name
            seen = self._look(file)
            page = self._pages.get(file, seen) if seen != MISSING else Page("")
            if page.text:
                parts.append(f"# {name}\n\n{page.text}")
            if page.fault:
                faults.append(f"{file}: {page.fault}")
        text = "\n\n".join(parts)
        if len(text) > MAX_TEXT_CHARS:
            faults.append(f"{folder}: prompt and files come to more than {MAX_TEXT_CHARS} characters; the rest is cut")
        return text[:MAX_TEXT_CHARS], faults

    def begin(self) -> None:
        """Say that all personas are looked at anew: what none of them asks for now is watched no longer."""
        self._seen = {}

    def end(self) -> None:
        """Forget the text of what nobody asked for since `begin`."""
        self._pages.keep_only(self._seen)

    def fingerprints(self) -> dict[str, Fingerprint]:
        """Return how the files look now that were last asked for."""
        return {str(file): fingerprint(file) for file in self._seen}

    def _look(self, file: Path) -> Fingerprint:
        self._seen[file] = fingerprint(file)
        return self._seen[file]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a path that is too long, or leads through what may not be looked into
        return False


def _read(file: Path) -> Page:
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # reading from a pipe would wait for ever
            return Page("", "wanted an ordinary file")
        with file.open("rb") as opened:
            content = opened.read((MAX_FILE_CHARS + 1) * _MAX_UTF8)
    except OSError as exc:
        return Page("", f"cannot be read: {exc.strerror}")
    text = content.decode("utf-8-sig", errors="replace").strip()
    if len(text) > MAX_FILE_CHARS:
        return Page(text[:MAX_FILE_CHARS], f"only its first {MAX_FILE_CHARS} characters are used")
    return Page(text)
