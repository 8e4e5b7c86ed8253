"""`rookery up --detach` and `rookery down`: a Rookery that runs without a terminal, and the end of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from rich.console import Console

from tasks.contracts.errors import ProcessFailed
from workers.supervision.childlog import UP_LOG
from workers.supervision.instance import UpState, owner, read_state, refuse_second
from workers.supervision.up import UpPlan

#: More than the kill timeouts of all children together.
DOWN_TIMEOUT_S = 60.0
#: How long orphans may take to notice that their parent was killed.
ORPHAN_TIMEOUT_S = 15.0
POLL_S = 0.05
TAIL_BYTES = 4000


def detach(plan: UpPlan, command: Sequence[str]) -> UpState:
    """Run `command`, a `rookery up` of the same plan, in a session of its own, and return once it is ready.

    Raises AlreadyRunning, or ProcessFailed with the end of its log when it does not get that far.
    """
    refuse_second(plan.data_dir)
    log = plan.log_dir / UP_LOG
    process, start = _spawn(command, log)
    give_up_s = time.monotonic() + plan.ready_timeout_s
    try:
        while time.monotonic() < give_up_s and process.poll() is None:
            state = read_state(plan.data_dir)
            if state is not None and state.ready and state.pid == process.pid:
                process.returncode = 0  # it is meant to outlive this process, so nobody waits for it
                return state
            time.sleep(POLL_S)
        raise ProcessFailed(f"Rookery did not start in the background:\n{_tail(log, start)}", next_step=f"see {log}")
    finally:
        if process.returncode is None:
            process.terminate()
            process.wait()


def down(data_dir: Path, console: Console, timeout_s: float = DOWN_TIMEOUT_S) -> int:
    """End the Rookery that runs in the folder, with force if it must be, check that nothing of it is left; return 0.

    Raises ProcessFailed when something is left.
    """
    pid = owner(data_dir)
    if pid is None:
        console.print(f"Nothing runs in {data_dir}.", markup=False, highlight=False, soft_wrap=True)
        return 0
    family = _family(pid)
    _signal(pid, signal.SIGTERM)
    how = "has stopped"
    if not _eventually(lambda: owner(data_dir) != pid, timeout_s):
        _signal(pid, signal.SIGKILL)
        how = f"did not stop within {timeout_s:g} s and was killed"
    if leftover := _end(family):
        raise ProcessFailed(f"still running after `rookery down`: pids {leftover}", next_step="end them with kill -9")
    console.print(f"Rookery (pid {pid}) {how}; nothing of it is left.", markup=False, highlight=False, soft_wrap=True)
    return 0


def _spawn(command: Sequence[str], log: Path) -> tuple[subprocess.Popen[bytes], int]:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            start = output.tell()
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as exc:
        raise ProcessFailed(f"cannot start {command[0]} with its log in {log}: {exc.strerror}") from exc
    return process, start


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as said:
        size = said.seek(0, os.SEEK_END)
        said.seek(max(start, size - TAIL_BYTES))
        return said.read().decode(errors="replace").strip()


def _family(pid: int) -> list[psutil.Process]:
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _end(family: list[psutil.Process]) -> list[int]:
    """Wait until the processes are gone, then kill those that are not, and return who survived that."""
    if _eventually(lambda: not any(map(_runs, family)), ORPHAN_TIMEOUT_S):
        return []
    for process in filter(_runs, family):
        with contextlib.suppress(psutil.Error):
            process.kill()
    _eventually(lambda: not any(map(_runs, family)), ORPHAN_TIMEOUT_S)
    return [process.pid for process in family if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    # In a container without an init nobody reaps orphans: a zombie has ended.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as exc:
        raise ProcessFailed(f"pid {pid} belongs to another user", next_step="run `rookery down` as that user") from exc


def _eventually(condition: Callable[[], bool], timeout_s: float) -> bool:
    give_up_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() >= give_up_s:
            return False
        time.sleep(POLL_S)
    return True
