"""A registry in a store of objects, or whatever else fsspec reaches by a URL.

There is no rename, so what makes a folder count is written last and taken away first. Of two who promote at once one
wins as far as fsspec's mode "create" is exclusive there: S3, GCS and Azure promise it. Where a store does not, have one
machine only that trains and promotes.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from tasks.contracts.errors import ConfigurationError
from tasks.training.registry.shelf import HIDDEN, facts_of, told


class RemoteShelf:
    """Objects below one URL."""

    def __init__(self, filesystem: Any, root: str, url: str) -> None:
        self._files, self._root, self._url = filesystem, root.rstrip("/"), url

    @classmethod
    def at(cls, url: str) -> Self:
        """Return what is at a URL; nothing is sent yet.

        Raises:
            ConfigurationError: nothing that is installed here reaches it.
        """
        try:
            filesystem, root = importlib.import_module("fsspec.core").url_to_fs(url)
        except (ImportError, ValueError) as exc:
            raise ConfigurationError(
                f"adapters cannot be kept at {url}: {exc}",
                next_step="name a folder in `adapters` of [training], or install what fsspec needs for that URL",
            ) from exc
        return cls(filesystem, root, url)

    @property
    def local(self) -> Path | None:
        """None: it is elsewhere."""
        return None

    def read(self, path: str) -> bytes:
        """Return what an object holds."""
        with told(self._url):
            return bytes(self._files.cat_file(self._at(path)))

    def write(self, path: str, data: bytes) -> None:
        """Put an object."""
        with told(self._url):
            self._files.pipe_file(self._at(path), data)

    def create(self, path: str, data: bytes) -> bool:
        """Put an object that must not be there yet."""
        with told(self._url):
            try:
                self._files.pipe_file(self._at(path), data, mode="create")
            except FileExistsError:
                return False
        return True

    def names(self, folder: str) -> list[str]:
        """Return what is in a folder."""
        with told(self._url):
            self._files.invalidate_cache()
            try:
                found = self._files.ls(self._at(folder), detail=False)
            except FileNotFoundError:
                return []
        names = {str(name).rstrip("/").rpartition("/")[2] for name in found}
        return sorted(name for name in names if not name.startswith(HIDDEN))

    def facts(self, path: str) -> tuple[str, int]:
        """Return the SHA-256 and the size of an object."""
        with told(self._url), self._files.open(self._at(path), "rb") as file:
            return facts_of(file)

    def add(self, folder: str, files: Mapping[str, Path], last: str, check: Callable[[str, str], None]) -> None:
        """Put each object where it belongs, have it checked there, and `last` when all others are."""
        with told(self._url):
            if self._files.exists(self._at(f"{folder}/{last}")):
                return
            self.remove(folder, last)  # what somebody left there who died over it
            for name in sorted(files, key=lambda name: name == last):
                self._files.pipe_file(self._at(f"{folder}/{name}"), files[name].read_bytes())
                check(f"{folder}/{name}", name)

    def fetch(self, path: str, to: Path) -> None:
        """Copy an object to this machine."""
        with told(self._url):
            self._files.get_file(self._at(path), str(to))

    def remove(self, folder: str, first: str) -> None:
        """Take away what makes the folder count, then the rest."""
        with told(self._url):
            for path in (f"{folder}/{first}", folder):
                with contextlib.suppress(FileNotFoundError):
                    self._files.rm(self._at(path), recursive=True)

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"
