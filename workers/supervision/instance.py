"""One Rookery per data folder: the lock that says so, and the file that says where the running one is reached."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tasks.contracts.errors import AlreadyRunning, ProcessFailed

LOCK_NAME = "up.lock"
STATE_NAME = "up.json"
#: Those who only ask hold the lock for an instant, and its holder writes its pid an instant after taking it.
PATIENCE_S = 0.5
POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class UpState:
    """What the running Rookery of a folder says of itself."""

    pid: int
    ready: bool
    log_dir: str
    urls: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def hold(data_dir: Path) -> Iterator[None]:
    """Own the folder until the block ends, or the process does.

    Raises AlreadyRunning, which names the owner's pid, and ProcessFailed when the folder cannot be written to.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as exc:
        raise ProcessFailed(
            f"cannot keep data in {data_dir}: {exc.strerror}", next_step="choose a data folder that can be written to"
        ) from exc
    try:
        _take(lock, data_dir)
        os.truncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        try:
            yield
        finally:
            (data_dir / STATE_NAME).unlink(missing_ok=True)
    finally:
        os.close(lock)


def refuse_second(data_dir: Path) -> None:
    """Return when nobody owns the folder.

    Raises AlreadyRunning, which names the owner's pid.
    """
    if (pid := owner(data_dir)) is not None:
        raise _already_running(pid, data_dir)


def owner(data_dir: Path) -> int | None:
    """Return the pid of the process that owns the folder, or None when it has no owner."""
    give_up_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            with (data_dir / LOCK_NAME).open("rb") as lock:
                if _lock_now(lock.fileno(), fcntl.LOCK_SH):
                    return None
                pid = lock.read().strip()
        except FileNotFoundError:
            return None
        if pid.isdigit():
            return int(pid)
        if time.monotonic() >= give_up_s:
            return None
        time.sleep(POLL_S)


def write_state(data_dir: Path, state: UpState) -> None:
    """Say where the running Rookery is reached, so that readers see the old text or the new one and never half."""
    fresh = data_dir / f"{STATE_NAME}.new"
    fresh.write_text(json.dumps({**asdict(state), "urls": dict(state.urls)}, indent=2) + "\n", "utf-8")
    fresh.replace(data_dir / STATE_NAME)


def read_state(data_dir: Path) -> UpState | None:
    """Return what the owner of the folder says of itself, or None when there is no owner or it has said nothing."""
    pid = owner(data_dir)
    try:
        state = UpState(**json.loads((data_dir / STATE_NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return state if state.pid == pid else None


def _take(lock: int, data_dir: Path) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not _lock_now(lock, fcntl.LOCK_EX):
        if time.monotonic() >= give_up_s:
            raise _already_running(owner(data_dir), data_dir)
        time.sleep(POLL_S)


def _lock_now(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _already_running(pid: int | None, data_dir: Path) -> AlreadyRunning:
    return AlreadyRunning(
        f"Rookery already runs in {data_dir.absolute()} (pid {pid or 'unknown'})",
        next_step="talk to that one, or end it with `rookery down`",
    )
