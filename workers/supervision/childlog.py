"""What a child process says: into a file of its own that is rotated by size, its last lines also kept in memory."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections import deque
from pathlib import Path
from typing import IO

from tasks.contracts.errors import ProcessFailed

UP_LOG = "up.log"
"""What `rookery up` itself says when it has no terminal."""
MAX_BYTES = 10 * 1024 * 1024
#: How many full files stay beside the one being written.
KEPT_FILES = 3
#: How many lines an error can quote.
TAIL_LINES = 20
#: A longer line is cut into several, so that a child cannot fill our memory.
MAX_LINE_BYTES = 16 * 1024


def log_path(log_dir: Path, name: str) -> Path:
    """Return the file that the child called `name` writes to."""
    return log_dir / f"{re.sub(r'[^A-Za-z0-9_.@-]', '_', name)}.log"


class ChildLog:
    """One child's log, over all its restarts."""

    def __init__(self, name: str, path: Path, *, max_bytes: int = MAX_BYTES, kept_files: int = KEPT_FILES) -> None:
        self.name, self.path = name, path
        self._max_bytes, self._kept_files = max_bytes, kept_files
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)
        except OSError as exc:
            raise ProcessFailed(
                f"cannot write the log {path}: {exc.strerror}", next_step="choose a log folder that can be written to"
            ) from exc

    def pump(self, stream: IO[bytes], pid: int) -> None:
        """Copy `stream` line by line until its writer is gone, whatever becomes of the disk."""
        with stream:
            while line := stream.readline(MAX_LINE_BYTES):
                self._keep(line.decode(errors="replace").rstrip("\r\n"), f"{self.name}[{pid}]")

    def note(self, line: str) -> None:
        """Add a line of the supervisor's own."""
        self._keep(line, f"{self.name}[-]")

    def tail(self) -> tuple[str, ...]:
        """Return the last lines, oldest first, without their prefix."""
        with self._lock:
            return tuple(self._tail)

    def close(self) -> None:
        """Close the file; what is said afterwards is only kept in memory."""
        with self._lock:
            self._file.close()

    def _keep(self, line: str, prefix: str) -> None:
        with self._lock:
            self._tail.append(line)
            # A full disk must not stop the reading: the child would block on its next line.
            with contextlib.suppress(OSError, ValueError):
                self._file.write(f"{prefix} {line}\n".encode())
                if self._file.tell() >= self._max_bytes:
                    self._rotate()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._kept_files, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                os.replace(older, self._numbered(number))
        self._file = self.path.open("ab", buffering=0)

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path
