from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.contracts.errors import AlreadyRunning, ProcessFailed
from workers.supervision.instance import STATE_NAME, UpState, hold, owner, read_state, refuse_second, write_state


def state_of(pid: int) -> UpState:
    return UpState(pid=pid, ready=True, log_dir="/logs", urls={"web": "http://127.0.0.1:8000"})


def test_a_folder_has_one_owner_and_a_second_is_told_who(tmp_path: Path):
    wanted = (
        rf"Rookery already runs in {tmp_path} \(pid {os.getpid()}\) → talk to that one, or end it with `rookery down`"
    )
    with hold(tmp_path):
        assert owner(tmp_path) == os.getpid()
        with pytest.raises(AlreadyRunning, match=wanted), hold(tmp_path):
            pass
        with pytest.raises(AlreadyRunning, match=wanted):
            refuse_second(tmp_path)
    refuse_second(tmp_path)
    with hold(tmp_path):
        pass


def test_a_folder_that_nobody_used_has_no_owner(tmp_path: Path):
    assert owner(tmp_path / "nothing") is None
    assert read_state(tmp_path / "nothing") is None


def test_an_owner_that_was_killed_owns_nothing(
    python: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, eventually: Callable[..., None]
):
    source = """
import pathlib, signal, sys, os
from workers.supervision.instance import UpState, hold, write_state
with hold(pathlib.Path(sys.argv[1])):
    write_state(pathlib.Path(sys.argv[1]), UpState(os.getpid(), True, ''))
    while True: signal.pause()
"""
    process = python(source, tmp_path)
    eventually(lambda: read_state(tmp_path) is not None, "the state file")
    assert owner(tmp_path) == process.pid
    process.kill()
    process.wait()
    assert owner(tmp_path) is None
    assert (tmp_path / STATE_NAME).exists()
    assert read_state(tmp_path) is None


def test_the_state_is_read_as_it_was_written_and_goes_with_its_owner(tmp_path: Path):
    with hold(tmp_path):
        write_state(tmp_path, state_of(os.getpid()))
        assert read_state(tmp_path) == state_of(os.getpid())
    assert not (tmp_path / STATE_NAME).exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "ready": true, "log_dir": "", "urls": {}}'])
def test_a_state_file_of_another_or_of_nobody_is_ignored(text: str, tmp_path: Path):
    with hold(tmp_path):
        (tmp_path / STATE_NAME).write_text(text)
        assert read_state(tmp_path) is None


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(ProcessFailed, match=r"cannot keep data in .*/file/data: .* → choose"),
        hold(tmp_path / "file" / "data"),
    ):
        pass
