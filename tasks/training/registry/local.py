"""A registry in a folder of this machine, or in one that several machines mount."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from tasks.contracts.atomic import sync, sync_folder, write_whole
from tasks.contracts.folders import PRIVATE
from tasks.training.registry.shelf import HIDDEN, facts_of, told

LOCK = ".lock"
_THERE = {errno.EEXIST, errno.ENOTEMPTY}


class LocalShelf:
    """Files are written beside where they belong, and renamed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def local(self) -> Path | None:
        """The folder."""
        return self._root

    def read(self, path: str) -> bytes:
        """Return what a file holds."""
        with told(str(self._root)):
            return (self._root / path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        """Put `data` in the place of a file."""
        with told(str(self._root)):
            self._parent(path)
            write_whole(self._root / path, data)

    def create(self, path: str, data: bytes) -> bool:
        """Write a file that must not be there yet."""
        with told(str(self._root)), (self._parent(path) / LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # it goes with the process that holds it, however that ends
            if (self._root / path).exists():
                return False
            write_whole(self._root / path, data)
        return True

    def names(self, folder: str) -> list[str]:
        """Return what is in a folder."""
        with told(str(self._root)):
            try:
                found = os.listdir(self._root / folder)
            except (FileNotFoundError, NotADirectoryError):  # somebody's note beside the folders is nobody's adapter
                return []
        return sorted(name for name in found if not name.startswith(HIDDEN))

    def facts(self, path: str) -> tuple[str, int]:
        """Return the SHA-256 and the size of a file."""
        with told(str(self._root)), (self._root / path).open("rb") as file:
            return facts_of(file)

    def add(self, folder: str, files: Mapping[str, Path], last: str, check: Callable[[str, str], None]) -> None:
        """Copy files beside where they belong, have them checked there, and rename their folder."""
        place = self._root / folder
        with told(str(self._root)):
            staged = self._parent(folder) / f"{HIDDEN}{place.name}.{secrets.token_hex(4)}"
            staged.mkdir()
            try:
                for name, source in files.items():
                    shutil.copyfile(source, staged / name)
                    sync(staged / name)
                    check(staged.relative_to(self._root).as_posix() + f"/{name}", name)
                sync_folder(staged)
                _rename(staged, place)
                sync_folder(place.parent)
            finally:
                shutil.rmtree(staged, ignore_errors=True)

    def fetch(self, path: str, to: Path) -> None:
        """Copy a file."""
        with told(str(self._root)):
            shutil.copyfile(self._root / path, to)

    def remove(self, folder: str, first: str) -> None:
        """Have a folder out of sight at once, then take it away; `first` goes with the rest."""
        place = self._root / folder
        with told(str(self._root)):
            going = place.with_name(f"{HIDDEN}gone.{secrets.token_hex(4)}")
            if place.exists():
                place.rename(going)
                shutil.rmtree(going)

    def _parent(self, path: str) -> Path:
        self._root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)  # what people said can be guessed from weights
        folder = (self._root / path).parent
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _rename(staged: Path, place: Path) -> None:
    try:
        staged.rename(place)
    except OSError as exc:
        if exc.errno not in _THERE:  # somebody else was first, with the same files
            raise
