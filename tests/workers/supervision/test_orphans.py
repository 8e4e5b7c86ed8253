from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Alive = Callable[[int], bool]
Eventually = Callable[..., None]
PidIn = Callable[[Path], int]
END_S = 20.0

#: A supervisor of its own process: its child writes its pid and starts a grandchild that does so too.
SUPERVISOR = """
import pathlib, sys, threading
from workers.supervision.supervise import SETTLED_S, ChildSpec, Supervisor
folder = pathlib.Path(sys.argv[1])
watcher = "from workers.supervision import leash; leash.watch(); "
child = watcher + '''
import os, pathlib, signal, subprocess, sys
folder = pathlib.Path(sys.argv[1])
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen(["sleep", "1000"])
(folder / "grandchild").write_text(f"{grandchild.pid}\\\\n")
(folder / "child").write_text(f"{os.getpid()}\\\\n")
while True: signal.pause()
'''
spec = ChildSpec("child", (sys.executable, "-c", child, str(folder)), watches_leash=True, kill_timeout_s=0.2)
supervisor = Supervisor([spec], log_dir=folder)
ACT
"""


def test_a_program_that_knows_of_no_leash_ends_with_its_supervisor_too(
    python: Callable[..., subprocess.Popen[bytes]],
    tmp_path: Path,
    pid_in: PidIn,
    is_alive: Alive,
    eventually: Eventually,
):
    source = """
import pathlib, sys, threading
from workers.supervision.supervise import ChildSpec, Supervisor
folder = pathlib.Path(sys.argv[1])
script = f"echo $$ > {folder}/pid; exec sleep 1000"
Supervisor([ChildSpec("child", ("sh", "-c", script))], log_dir=folder).run(threading.Event())
"""
    process = python(source, tmp_path)
    child = pid_in(tmp_path / "pid")
    process.kill()
    process.wait()
    eventually(lambda: not is_alive(child), "the end of the child")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_a_supervisor_that_is_killed(
    number: signal.Signals,
    python: Callable[..., subprocess.Popen[bytes]],
    tmp_path: Path,
    pid_in: PidIn,
    is_alive: Alive,
    eventually: Eventually,
):
    process = python(
        SUPERVISOR.replace("ACT", "supervisor.run(threading.Event())"), tmp_path, stderr=subprocess.DEVNULL
    )
    child, grandchild = pid_in(tmp_path / "child"), pid_in(tmp_path / "grandchild")
    assert is_alive(child)
    assert is_alive(grandchild)
    process.send_signal(number)
    process.wait()
    eventually(lambda: not is_alive(child) and not is_alive(grandchild), "the end of child and grandchild")


def test_nothing_outlives_a_supervisor_that_fails(
    python: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, pid_in: PidIn, is_alive: Alive
):
    act = "with supervisor:\n    while not (folder / 'child').exists(): pass\n    raise RuntimeError('bug')"
    process = python(SUPERVISOR.replace("ACT", act), tmp_path, stderr=subprocess.PIPE)
    _, errors = process.communicate(timeout=END_S)
    assert b"RuntimeError: bug" in errors
    assert not is_alive(pid_in(tmp_path / "child"))
    assert not is_alive(pid_in(tmp_path / "grandchild"))
