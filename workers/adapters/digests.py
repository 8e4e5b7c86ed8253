"""What the files of models are known by: each is read once, as long as it stays what it is."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tasks.contracts.atomic import write_whole
from tasks.contracts.digests import file_sha256

_Known = dict[str, tuple[int, int, str]]
_KNOWN: TypeAdapter[_Known] = TypeAdapter(_Known)


class FileDigests:
    """Digests of files, by path, size and time of change; kept in a file, for a start takes no minute more for them."""

    def __init__(self, note: Path) -> None:
        self._note = note

    def of(self, path: Path) -> str:
        """Return the SHA-256 of a file. Raises OSError."""
        facts = path.stat()
        stamp, known = (facts.st_size, facts.st_mtime_ns), self._known()
        told = known.get(str(path))
        if told is not None and told[:2] == stamp:
            return told[2]
        digest = file_sha256(path)
        self._note.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._note, _KNOWN.dump_json({**known, str(path): (*stamp, digest)}))
        return digest

    def _known(self) -> _Known:
        try:
            return _KNOWN.validate_json(self._note.read_bytes())
        except (OSError, ValidationError):
            return {}
