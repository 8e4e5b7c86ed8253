"""A folder with a file for each persona: `luna.toml`, or `luna.json` with the same keys.

A file that cannot be is told of with its field and left out; the others hold all the same.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tasks.contracts import tablesfile
from tasks.contracts.personas import Persona
from tasks.contracts.problems import Source, lines_of
from tasks.contracts.reread import Fingerprint, Reread, fingerprint
from tasks.contracts.workspace import Workspaces

SUFFIXES = (".toml", tablesfile.JSON)
MAX_FILE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class PersonaFile:
    """What one file says."""

    path: Path
    raw: Mapping[str, Any]
    """Its keys, as they are written there."""
    persona: Persona | None
    faults: tuple[str, ...] = ()
    """Why there is no persona in it, one line per problem."""


class PersonaFiles:
    """The files of one process, those that did not change kept from one look to the next."""

    def __init__(self) -> None:
        self.workspaces = Workspaces()
        self._files = Reread(read_file)
        self._folder: Path | None = None

    def read(self, folder: Path) -> tuple[PersonaFile, ...]:
        """Return what the files of a folder say, by their names. A folder that is not there has none.

        Raises:
            OSError: the folder cannot be looked into.
        """
        self._folder = folder
        found = {folder / name: seen for name, seen in sorted(_look(folder).items())}
        self._files.keep_only(found)
        return tuple(self._files.get(path, seen) for path, seen in found.items())

    def fingerprints(self) -> dict[str, Fingerprint]:
        """Return what changes when anything does that was read: a file, its name, or one of a workspace."""
        try:
            files = _look(self._folder) if self._folder else {}
        except OSError as exc:
            files = {str(self._folder): (exc.errno or 0, 0, 0)}
        return {**files, **self.workspaces.fingerprints()}


def read_file(path: Path) -> PersonaFile:
    """Return what one file says. A persona that names itself nowhere is called as its file is."""
    raw, faults = tablesfile.read(path, MAX_FILE_BYTES)
    if faults:
        return PersonaFile(path, raw, None, tuple(faults))
    try:
        persona = Persona.model_validate({"name": path.stem, **raw})
    except ValidationError as exc:
        return PersonaFile(path, raw, None, tuple(dict.fromkeys(lines_of(exc, Persona, Source(str(path), raw)))))
    return PersonaFile(path, raw, persona)


def _look(folder: Path) -> dict[str, Fingerprint]:
    """Return the names of the files of personas that are there, each with what changes when it does."""
    found = {}
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(SUFFIXES) and not entry.name.startswith(".") and _is_file(entry):
                found[entry.name] = fingerprint(entry)
    return found


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link in a circle, say: reading it tells
        return True
