"""Lines of JSON in the order of time, of more values than fit into memory: only where each one stands is kept there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from tasks.contracts.learning import Pair, Sample


class Spool:
    """Takes samples as they come, each id once, and writes them down by (at_ms, id) when it is closed."""

    def __init__(self, path: Path) -> None:
        self._path, self._loose = path, path.with_name(f".{path.name}.loose")
        self._places: dict[str, tuple[int, int, int]] = {}
        """By id: at_ms, and where the line begins and ends."""

    def __enter__(self) -> Self:
        self._file: BinaryIO = self._loose.open("w+b")
        return self

    def __exit__(self, kind: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None) -> None:
        try:
            if kind is None:
                with self._path.open("wb") as out:
                    out.writelines(self._sorted())
                    out.flush()
                    os.fsync(out.fileno())
        finally:
            self._file.close()
            self._loose.unlink()

    def add(self, value: Sample | Pair) -> bool:
        """Take one in; False: it is there already."""
        if value.id in self._places:
            return False
        begins = self._file.tell()
        self._file.write(line(value))
        self._places[value.id] = (value.at_ms, begins, self._file.tell())
        return True

    def _sorted(self) -> Iterator[bytes]:
        for _, (_, begins, ends) in sorted(self._places.items(), key=lambda one: (one[1][0], one[0])):
            self._file.seek(begins)
            yield self._file.read(ends - begins)


def line(value: Sample | Pair) -> bytes:
    """Return a value as a line: equal values are equal lines."""
    told = json.dumps(value.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return told.encode() + b"\n"
