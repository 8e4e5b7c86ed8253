"""A flock starts and answers on a machine without any network, and nothing of it even tries to reach one."""

from __future__ import annotations

import json
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


@pytest.fixture
def command(tmp_path: Path, free_port) -> Command:
    """`rookery` in a folder with a model file; the guard of all tests watches each process of it."""
    made = Command(tmp_path)
    made.settings(FLEET.format(redis=free_port(), web=free_port(), flower=free_port()))
    write_tiny_gguf(tmp_path / "tiny.gguf", 1)
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
