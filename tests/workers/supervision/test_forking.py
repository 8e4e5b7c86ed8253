"""Processes that a forkserver starts, against a real one."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from workers.supervision.child import Child, ChildSpec
from workers.supervision.childlog import ChildLog
from workers.supervision.forking import CONTROL_FD_ENV, ForkedProcess, Forkserver, as_request
from workers.supervision.forkserver import Server

PROBE = """
import json, os, sys, threading, time
from workers.supervision import leash
from workers.supervision.forking import Forkserver, as_request

def fork_one():
    server = Forkserver(["no.such.module"])  # it would have to start one if it had been handed none
    server.adopt(os.environ)
    read_end, write_end = os.pipe()
    argv = (sys.executable, "-P", "-m", "probe", "tell")
    child = server.fork(as_request(argv, dict(os.environ), os.getcwd(), forks=False), read_end)
    print(child.stdout.readline().decode(), end="")
    print(json.dumps({"code": child.wait()}))

if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    leashed = leash.watch()
    if verb == "tell":
        print(json.dumps({
            "words": words, "name": __name__, "cwd": os.getcwd(), "mine": os.environ.get("MINE"), "leashed": leashed,
            "leads": os.getpgrp() == os.getpid(), "pid": os.getpid(), "warm": "graphlib" in sys.modules,
            "stdin": sys.stdin.read(), "threads": threading.active_count(), "home": "HOME" in os.environ,
        }))
    elif verb == "exit":
        sys.exit(int(words[0]))
    elif verb == "fail":
        raise RuntimeError("no good")
    elif verb == "fork":
        fork_one()
    else:
        print("asleep")
        time.sleep(600)
"""


class Asked:
    """Forks the probe, and keeps the leashes."""

    def __init__(self, server: Forkserver, cwd: Path) -> None:
        self.server, self.cwd = server, cwd
        self.leashes: list[int] = []
        self.made: list[ForkedProcess] = []

    def __call__(self, *words: str, forks: bool = False, **env: str) -> ForkedProcess:
        read_end, write_end = os.pipe()
        self.leashes.append(write_end)
        request = as_request((sys.executable, "-P", "-m", "probe", *words), env, str(self.cwd), forks=forks)
        assert request is not None
        try:
            self.made.append(self.server.fork(request, read_end))
        finally:
            os.close(read_end)
        return self.made[-1]

    def told(self, *words: str, **env: str) -> dict[str, Any]:
        process = self("tell", *words, **env)
        try:
            return dict(json.loads(process.stdout.read()))
        finally:
            process.wait()

    def let_go(self) -> None:
        while self.leashes:
            os.close(self.leashes.pop())


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    (tmp_path / "probe.py").write_text(PROBE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    asked = Asked(Forkserver(["graphlib"]), tmp_path)
    yield asked
    asked.let_go()
    asked.server.close()
    for process in asked.made:
        process.stdout.close()


def test_a_forked_program_cannot_tell_that_it_was_not_started_from_its_command_line(ask: Asked):
    told = ask.told("one", "two three", MINE="yes")
    assert (told["words"], told["name"], told["cwd"]) == (["one", "two three"], "__main__", str(ask.cwd))
    assert (told["mine"], told["home"], told["stdin"]) == ("yes", False, "")
    assert told["leads"], "its group can be killed as a whole"
    assert told["leashed"]
    assert told["warm"], "what the server imported is there"
    assert told["threads"] == 2, "its own and that of the leash"


def test_processes_of_one_server_are_several(ask: Asked):
    assert ask.told()["pid"] != ask.told()["pid"]


def test_the_list_of_processes_shows_the_command(ask: Asked):
    process = ask("sleep", "well")
    assert process.stdout.readline() == b"asleep\n"
    assert psutil.Process(process.pid).cmdline()[0] == "python -P -m probe sleep well"


@pytest.mark.parametrize(("words", "code"), [(("exit", "0"), 0), (("exit", "7"), 7), (("fail",), 1)])
def test_the_exit_code_is_told(words: tuple[str, ...], code: int, ask: Asked):
    process = ask(*words)
    assert process.wait() == code
    assert process.poll() == code


def test_a_traceback_reaches_the_log(ask: Asked):
    assert b"RuntimeError: no good" in ask("fail").stdout.read()


def test_a_signal_reaches_the_process_and_is_told_as_a_negative_number(ask: Asked):
    process = ask("sleep")
    assert process.stdout.readline() == b"asleep\n"
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM
    process.send_signal(signal.SIGTERM)  # nobody is there: no harm


def test_a_process_ends_when_its_leash_does(ask: Asked):
    process = ask("sleep")
    assert process.stdout.readline() == b"asleep\n"
    ask.let_go()
    assert process.wait() == -signal.SIGKILL


def test_a_server_that_dies_takes_its_processes_with_it_and_the_next_request_starts_another(
    ask: Asked, is_alive: Callable[[int], bool], eventually: Callable[[Callable[[], bool], str], None]
):
    process = ask("sleep")
    assert process.stdout.readline() == b"asleep\n"
    assert ask.server.pid is not None
    os.kill(ask.server.pid, signal.SIGKILL)
    eventually(lambda: process.poll() is not None, "the death to be noticed")
    assert process.wait() == -signal.SIGKILL
    eventually(lambda: not is_alive(process.pid), "the end of the process")
    assert ask.told()["leashed"]


def test_a_server_that_cannot_get_warm_is_an_error(tmp_path: Path):
    server = Forkserver(["no.such.module"])
    with pytest.raises(OSError, match=r"does not answer|Broken pipe|reset"):
        Asked(server, tmp_path)("tell")
    server.close()


def test_a_process_that_forks_is_handed_a_server_as_warm_as_its_own(ask: Asked):
    process = ask("fork", forks=True, PYTHONPATH=str(ask.cwd))
    inner = json.loads(process.stdout.readline())
    assert inner["warm"]
    assert inner["leads"]
    assert json.loads(process.stdout.readline()) == {"code": 0}
    assert process.wait() == 0


def test_a_handed_server_ends_with_the_process_that_it_was_handed_to(
    ask: Asked, eventually: Callable[[Callable[[], bool], str], None]
):
    process = ask("sleep", forks=True)
    assert process.stdout.readline() == b"asleep\n"
    server = psutil.Process(ask.server.pid)
    assert len(server.children()) == 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    eventually(lambda: not server.children(), "the end of the handed server")
    assert process.stdout.read() == b"", "it ends without a word"


def test_a_server_whose_process_was_killed_before_it_had_read_everything_ends_like_any_other():
    asking, serving = socket.socketpair()
    with serving:
        server = Server(serving)
        serving.sendall(b"news that nobody reads")
        asking.close()
        assert server._receive() is None
        server._let_go()


def test_no_process_finds_a_server_that_was_not_handed_to_it(ask: Asked):
    environment = {"PYTHONPATH": str(ask.cwd)}
    ask.server.adopt(environment)
    assert environment == {"PYTHONPATH": str(ask.cwd)}
    assert CONTROL_FD_ENV not in os.environ


@pytest.mark.parametrize("argv", [("redis-server",), (sys.executable, "-c", "1"), (sys.executable, "-m", "x")])
def test_only_modules_that_run_apart_from_the_current_folder_are_forked(argv: tuple[str, ...]):
    assert as_request(argv, {}, "/", forks=False) is None


def test_a_child_is_started_from_its_command_line_where_it_cannot_be_forked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "probe.py").write_text(PROBE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    log = ChildLog("probe", tmp_path / "probe.log")
    spec = ChildSpec("probe", (sys.executable, "-P", "-m", "probe", "exit", "5"), watches_leash=True, forkable=True)
    child = Child(spec, log, Forkserver(["no.such.module"]))
    child.wait()
    assert child.poll() == 5
    assert "could not be forked" in log.tail()[0]
    log.close()
