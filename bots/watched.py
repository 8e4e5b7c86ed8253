"""A file that people edit while a bot runs: what it says now, or what it last said that could be used."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.reread import MISSING, Fingerprint, fingerprint

T = TypeVar("T")
MOST_BYTES = 4 * 1024 * 1024
logger = logging.getLogger(__name__)


class Watched(Generic[T]):
    """One file. It is looked at each time it is asked for, and read when it has changed."""

    def __init__(self, path: Path, read: Callable[[str], T], missing: T) -> None:
        """`read` turns its text into a value or raises ConfigurationError; where there is no file it is `missing`."""
        self.path, self._read, self._missing = path, read, missing
        self._value = missing
        self._seen: Fingerprint = MISSING
        self.problem = ""
        """Why the file as it stands is not used; empty: it is used."""

    def current(self) -> T:
        """Return what the file says, at once after it was changed. Never raises; a broken file is warned of once."""
        found = fingerprint(self.path)
        if found != self._seen:
            self._seen = found
            self._take(found)
        return self._value

    def _take(self, found: Fingerprint) -> None:
        try:
            self._value = self._missing if found == MISSING else self._read(text_of(self.path))
        except ConfigurationError as exc:
            self.problem = exc.message
            logger.warning("file cannot be used and stays as it was", extra={"file": str(self.path), "error": str(exc)})
        else:
            self.problem = ""


def text_of(path: Path) -> str:
    """Return what a small file holds.

    Raises:
        ConfigurationError: it cannot be read, is no UTF-8, or is larger than `MOST_BYTES`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise ConfigurationError(f"{path}: cannot be read: {exc.strerror}") from exc
    if len(content) > MOST_BYTES:
        raise ConfigurationError(f"{path}: is larger than {MOST_BYTES} bytes", next_step="leave out what is not needed")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ConfigurationError(f"{path}: byte {exc.start} is not UTF-8", next_step="save the file as UTF-8") from exc
