"""A flock starts and answers on a machine without any network, and nothing of it even tries to reach one."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.memory.embedders.embedding import USUAL_MODEL
from tests.command import PATIENCE_S, REPO, Command
from tests.tasks.memory import tiny_bert
from tests.tiny_model import write_tiny_gguf

UNSHARED = ["unshare", "--user", "--map-root-user", "--net"]
#: Loopback is down in a new network, too.
PREPARED = "ip link set lo up && "
ATTEMPTS = "attempts.txt"
# Every Python process imports this at its start. It writes down whom the process would talk to, beside this machine.
GUARD = """
import socket, sys

FILE = "@FILE@"
OWN = {None, "", "localhost", socket.gethostname(), socket.gethostname().encode()}

def is_own(host):
    text = host.decode() if isinstance(host, bytes) else str(host)
    return host in OWN or text in OWN or text.startswith("127.") or text == "::1" or text == "0.0.0.0"

def watch(event, details):
    if event in ("socket.connect", "socket.sendto"):
        sock, address = details
        foreign = sock.family in (socket.AF_INET, socket.AF_INET6) and not is_own(address[0])
    elif event == "socket.getaddrinfo":
        address = details[0]
        foreign = not is_own(address)
    else:
        return
    if foreign:
        with open(FILE, "a") as file:
            file.write(f"{sys.argv}: {event} {address}\\n")

sys.addaudithook(watch)
"""
FLEET = """
[redis]
port = {redis}
[web]
port = {web}
[flower]
port = {flower}
[[model]]
name = "tiny"
gguf = "tiny.gguf"
context_tokens = 512
slots = 1
[[persona]]
name = "p"
model = "tiny"
max_tokens = 8
"""
STORY = """
{python} -P -m rookery up --detach && {python} -P -m rookery ask hello --json > answer.json
asked=$?
{python} -P -m rookery down
exit $asked
"""
#: Told in one conversation, asked for in others until it is remembered.
SMALL_STORY = """
{python} -P -m rookery up --detach && {python} -P -m rookery ask "My dog is called Rex." --session told
for turn in $(seq {turns}); do
  {python} -P -m rookery ask "What is my dog called?" --session "asked$turn" --json > answer.json || break
  {python} -P -m rookery job explain "$(sed -n 's/^  "job": "\\(.*\\)",$/\\1/p' answer.json)" --json > explained.json
  grep -q 'called Rex' explained.json && break
done
asked=$?
{python} -P -m rookery down
exit $asked
"""
TURNS = 20  # several times what is needed
TRESPASS = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"


@pytest.fixture
def command(tmp_path: Path, free_port) -> Command:
    """`rookery` in a folder with a model file, each process of which is watched."""
    made = Command(tmp_path)
    made.settings(FLEET.format(redis=free_port(), web=free_port(), flower=free_port()))
    write_tiny_gguf(tmp_path / "tiny.gguf", 1)
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD.replace("@FILE@", str(tmp_path / ATTEMPTS)))
    made.environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path / "guard"), str(REPO)])
    return made


def told(command: Command, script: str, *prefix: str) -> subprocess.CompletedProcess[str]:
    argv = [*prefix, "sh", "-c", script]
    environ = command.environ()
    return subprocess.run(
        argv, cwd=command.folder, env=environ, capture_output=True, text=True, check=False, timeout=3 * PATIENCE_S
    )


@pytest.mark.slow
def test_a_flock_with_a_local_model_answers_without_a_network_and_seeks_none(command: Command) -> None:
    prefix, prepared = ([], "") if told(command, f"{PREPARED}true", *UNSHARED).returncode else (UNSHARED, PREPARED)
    ended = told(command, prepared + STORY.format(python=sys.executable), *prefix)
    logs = "\n".join(path.read_text() for path in (command.folder / "logs").rglob("*.log"))
    assert ended.returncode == 0, ended.stdout + ended.stderr + logs
    answer = json.loads((command.folder / "answer.json").read_text())
    assert (answer["outcome"], answer["model"]) == ("reply", "tiny")
    assert (command.folder / "data" / "personalities").is_dir(), "the folders are made at the first start"
    assert stat.S_IMODE((command.folder / "data").stat().st_mode) == 0o700
    assert not (command.folder / ATTEMPTS).exists(), (command.folder / ATTEMPTS).read_text()


@pytest.mark.slow
def test_a_small_machine_without_a_network_answers_with_what_it_remembers_and_seeks_none(
    command: Command, free_port: Callable[[], int]
) -> None:
    command.settings((REPO / "infra" / "docker" / "edge.toml").read_text())
    ports = {f"ROOKERY_{name}_PORT": str(free_port()) for name in ("WEB", "REDIS")}
    command.environment.update(ports, ROOKERY_WEB_BIND="127.0.0.1")
    tiny_bert.keep(command.folder / "models" / USUAL_MODEL)
    prefix, prepared = ([], "") if told(command, f"{PREPARED}true", *UNSHARED).returncode else (UNSHARED, PREPARED)
    ended = told(command, prepared + SMALL_STORY.format(python=sys.executable, turns=TURNS), *prefix)
    logs = "\n".join(path.read_text() for path in (command.folder / "logs").rglob("*.log"))
    assert ended.returncode == 0, ended.stdout + ended.stderr + logs
    answer = json.loads((command.folder / "answer.json").read_text())
    explained = json.loads((command.folder / "explained.json").read_text())
    assert (answer["outcome"], explained["job"]) == ("reply", answer["job"])
    assert '[today] user: "My dog is called Rex."' in explained["recalled"]
    assert not (command.folder / ATTEMPTS).exists(), (command.folder / ATTEMPTS).read_text()


def test_the_guard_sees_an_attempt(command: Command) -> None:
    told(command, f'{sys.executable} -P -c "{TRESPASS}"')
    assert "('192.0.2.1', 9)" in (command.folder / ATTEMPTS).read_text()
