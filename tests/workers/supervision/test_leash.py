from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.supervision import leash

Alive = Callable[[int], bool]
Eventually = Callable[..., None]

#: Says that it is there, and then waits for ever.
SLEEPER = """
import os, pathlib, signal, sys
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
path = pathlib.Path(sys.argv[1]); path.with_suffix(".new").write_text(f"{os.getpid()}\\n")
path.with_suffix(".new").rename(path)
while True: signal.pause()
"""
WATCHER = "from workers.supervision import leash\nassert leash.watch()\n" + SLEEPER
BUSY_WATCHER = WATCHER.replace("while True: signal.pause()", "while True: pass")


class Leashed:
    """A process on a leash of ours."""

    def __init__(self, command: list[str] | tuple[str, ...], *, new_session: bool = True) -> None:
        read_end, self.write_end = os.pipe()
        self.process = subprocess.Popen(
            command,
            env={**os.environ, leash.LEASH_FD_ENV: str(read_end)},
            pass_fds=(read_end,),
            start_new_session=new_session,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(read_end)

    def let_go(self) -> None:
        """Do what the kernel does when the parent is gone."""
        os.close(self.write_end)

    def result(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors.decode()


def sleeper(path: Path, *words: str) -> list[str]:
    return [sys.executable, "-c", SLEEPER, str(path), *words]


@pytest.mark.parametrize("source", [WATCHER, BUSY_WATCHER], ids=["idle", "busy"])
def test_a_child_that_watches_ends_with_its_parent(source: str, tmp_path: Path, pid_in: Callable[[Path], int]):
    child = Leashed([sys.executable, "-c", source, str(tmp_path / "pid")])
    assert pid_in(tmp_path / "pid") == child.process.pid
    assert child.process.poll() is None
    child.let_go()
    assert child.result()[0] == -signal.SIGKILL


def test_a_child_that_leads_no_group_ends_alone(tmp_path: Path, pid_in: Callable[[Path], int]):
    child = Leashed([sys.executable, "-c", WATCHER, str(tmp_path / "pid")], new_session=False)
    pid_in(tmp_path / "pid")
    child.let_go()
    assert child.result()[0] == 1


def test_a_process_without_a_leash_is_not_watched(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(leash.LEASH_FD_ENV, raising=False)
    assert leash.watch() is False


def test_the_leash_is_not_passed_on(monkeypatch: pytest.MonkeyPatch):
    read_end, write_end = os.pipe()
    os.set_inheritable(read_end, True)
    monkeypatch.setenv(leash.LEASH_FD_ENV, str(read_end))
    assert leash.take() == read_end
    assert leash.LEASH_FD_ENV not in os.environ
    assert not os.get_inheritable(read_end)
    os.close(read_end)
    os.close(write_end)


@pytest.mark.parametrize("named", ["many", "-1", "9999", "1.5"])
def test_a_leash_that_cannot_be_read_keeps_a_process_from_starting(named: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(leash.LEASH_FD_ENV, named)
    with pytest.raises(SystemExit, match=f"ROOKERY_LEASH_FD={named} names no open pipe"):
        leash.watch()


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill -TERM $$", 143)],
)
def test_the_shim_ends_with_the_code_of_its_program(script: str, code: int):
    assert Leashed(leash.wrap(["sh", "-c", script])).result()[0] == code


@pytest.mark.parametrize(
    ("shim_code", "code"), [(0, 0), (7, 7), (127, 127), (128, 128), (137, -9), (143, -15), (-9, -9)]
)
def test_the_code_of_the_shim_tells_which_signal_ended_its_program(shim_code: int, code: int):
    assert leash.exit_code_of(shim_code) == code


def test_the_shim_also_runs_as_a_module(tmp_path: Path):
    repo = Path(leash.__file__).parents[2]
    command = [sys.executable, "-m", "workers.supervision.leash", "--grace-s", "1", "--", "sh", "-c", "exit 3"]
    assert subprocess.run(command, cwd=repo, check=False).returncode == 3


def test_the_shim_is_not_led_astray_by_a_file_in_the_current_folder(tmp_path: Path):
    (tmp_path / "signal.py").write_text("raise SystemExit('astray')")
    done = subprocess.run(leash.wrap(["sh", "-c", "exit 3"]), cwd=tmp_path, check=False)
    assert done.returncode == 3


def test_the_shim_names_a_program_that_is_not_there():
    code, errors = Leashed(leash.wrap(["no-such-program"])).result()
    assert code == 127
    assert "no-such-program: No such file or directory" in errors


@pytest.mark.parametrize("arguments", [[], ["--"], ["sh"], ["--grace-s", "--", "sh"]])
def test_the_shim_explains_its_usage(arguments: list[str]):
    with pytest.raises(SystemExit, match=r"usage: python -m workers\.supervision\.leash"):
        leash.main(arguments)


def test_the_shim_forwards_signals(tmp_path: Path, pid_in: Callable[[Path], int], is_alive: Alive):
    shim = Leashed(leash.wrap(sleeper(tmp_path / "pid")))
    program = pid_in(tmp_path / "pid")
    shim.process.send_signal(signal.SIGTERM)
    assert shim.result()[0] == 128 + signal.SIGTERM
    assert not is_alive(program)


@pytest.mark.parametrize("words", [(), ("deaf",)], ids=["polite", "deaf to SIGTERM"])
def test_the_shim_ends_its_program_when_the_parent_is_gone(
    words: tuple[str, ...], tmp_path: Path, pid_in: Callable[[Path], int], is_alive: Alive
):
    shim = Leashed(leash.wrap(sleeper(tmp_path / "pid", *words), grace_s=0.2))
    program = pid_in(tmp_path / "pid")
    shim.let_go()
    shim.result()
    assert not is_alive(program)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a death signal")
def test_a_killed_shim_takes_its_program_along(
    tmp_path: Path, pid_in: Callable[[Path], int], is_alive: Alive, eventually: Eventually
):
    shim = Leashed(leash.wrap(sleeper(tmp_path / "pid", "deaf")))
    program = pid_in(tmp_path / "pid")
    shim.process.kill()
    shim.result()
    eventually(lambda: not is_alive(program), "the end of the program")
