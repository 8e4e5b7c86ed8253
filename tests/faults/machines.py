"""Two machines in one: network namespaces with a wire between, and `rookery` run in either."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.house import ROOT, until

OWNER_ADDRESS, SECOND_ADDRESS = "10.231.7.1", "10.231.7.2"
COMMAND_S = 60.0


def why_not() -> str:
    """Return why there can be no network namespaces here; empty where there can."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None:
        return "network namespaces need Linux, root and `ip`"
    name = f"rk{secrets.token_hex(3)}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return f"network namespaces cannot be made here: {tried.stderr.strip()}"
    subprocess.run(["ip", "netns", "delete", name], check=True)
    return ""


class Machine:
    """One namespace, and a folder of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        folder.mkdir()
        self._running: list[subprocess.Popen[str]] = []

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that runs `rookery` here."""
        return [*self.inside, sys.executable, "-P", "-m", "rookery", *arguments]

    @property
    def inside(self) -> list[str]:
        """What stands before a command that is to run here."""
        return ["ip", "netns", "exec", self.name]

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told."""
        plain = {key: value for key, value in os.environ.items() if not key.startswith(("ROOKERY_", "REDIS_URL"))}
        return {**plain, "ROOKERY_TEST_SCRIPTED": "1", "PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1"}

    def run(self, *arguments: str) -> str:
        """Run `rookery` to its end, and return what it printed."""
        ended = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `rookery`, its output in a file."""
        with (self.folder / "up.log").open("a") as log:
            process = subprocess.Popen(
                self.command(*arguments), cwd=self.folder, env=self.environment, stdout=log, stderr=log, text=True
            )
        self._running.append(process)
        return process

    def begin(self, program: Path, *arguments: object) -> subprocess.Popen[str]:
        """Start a program of the tests here, its output for the caller."""
        process = subprocess.Popen(
            [*self.inside, sys.executable, str(program), *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._running.append(process)
        return process

    @property
    def log(self) -> str:
        """What `rookery up` said here."""
        return (self.folder / "up.log").read_text()

    def is_up(self) -> bool:
        """Whether `rookery up` says so."""
        assert self._running[0].poll() is None, self.log
        return "Rookery is up." in self.log

    def hosts(self) -> set[str]:
        """Return the hosts that are up, as seen from here."""
        seen = json.loads(self.run("status", "--json"))["hosts"]
        return {
            host["name"]
            for host in seen
            if host["live"] and any(model["state"] == "ready" for model in host["about"].get("models", []))
        }

    def await_hosts(self, *names: str) -> None:
        """Wait until just these are up."""
        until(lambda: self.hosts() == set(names), COMMAND_S)

    def close(self) -> None:
        """End what runs here."""
        for process in reversed(self._running):
            process.terminate()
        for process in self._running:
            process.communicate(timeout=COMMAND_S)


class Pair:
    """Two machines with a wire between; the second one lets nobody in."""

    def __init__(self, owner: Machine, second: Machine) -> None:
        self.owner, self.second = owner, second

    def cut(self) -> None:
        """Pull the wire out."""
        _ip("-n", self.second.name, "link", "set", "wire", "down")

    def heal(self) -> None:
        """Put it back in."""
        _ip("-n", self.second.name, "link", "set", "wire", "up")


@contextlib.contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    """Make two machines, and leave nothing of them."""
    mark = secrets.token_hex(3)
    owner, second = Machine(f"rka{mark}", folder / "owner"), Machine(f"rkb{mark}", folder / "second")
    machines = Pair(owner, second)
    try:
        for machine in (owner, second):
            _ip("netns", "add", machine.name)
            _ip("-n", machine.name, "link", "set", "lo", "up")
        _ip("link", "add", "wire", "netns", owner.name, "type", "veth", "peer", "name", "wire", "netns", second.name)
        for machine, address in ((owner, OWNER_ADDRESS), (second, SECOND_ADDRESS)):
            _ip("-n", machine.name, "address", "add", f"{address}/24", "dev", "wire")
            _ip("-n", machine.name, "link", "set", "wire", "up")
        _refuse_all_who_call(second)
        yield machines
    finally:
        for machine in (second, owner):
            with contextlib.suppress(subprocess.TimeoutExpired):
                machine.close()
            subprocess.run(["ip", "netns", "delete", machine.name], capture_output=True, check=False)


def _refuse_all_who_call(machine: Machine) -> None:
    """Have the machine drop who connects to it from outside, as a router at home does."""
    rule = ["-A", "INPUT", "-i", "wire", "-p", "tcp", "--syn", "-j", "DROP"]
    if shutil.which("iptables"):
        subprocess.run([*machine.inside, "iptables", *rule], capture_output=True, check=False)


def _ip(*arguments: str) -> Any:
    ended = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
