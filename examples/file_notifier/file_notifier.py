"""A channel for notices: each is a line of JSON in a file, which a script may follow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tasks.contracts.errors import ConfigurationError, PlatformUnavailable
from tasks.contracts.notices import Notice
from tasks.contracts.settings import Settings

FILE = "NOTICES_FILE"


def create(settings: Settings, environ: Mapping[str, str]) -> FileChannel:
    """Return the channel: what the entry point in pyproject.toml names."""
    if not environ.get(FILE):
        raise ConfigurationError(f"{FILE} is not set; it names the file for notices", next_step=f"set {FILE}")
    return FileChannel(Path(environ[FILE]))


class FileChannel:
    """A file that notices are added to."""

    name = "file"

    def __init__(self, file: Path) -> None:
        self._file = file

    def tell(self, notice: Notice, notice_id: str) -> None:
        """Add a line. The id tells whoever reads it which lines are one notice, should one be written twice."""
        line = {"id": notice_id, "title": notice.title, "words": notice.words, "priority": notice.priority}
        try:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as exc:  # a full disk may have room again: the notice is told later
            raise PlatformUnavailable(f"{self._file} takes no line: {exc.strerror}") from exc
