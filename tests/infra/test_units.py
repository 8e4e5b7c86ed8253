"""The unit files for systemd and launchd: they run verbs that exist, come back by themselves, and can be parsed."""

from __future__ import annotations

import plistlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rookery import PROCESSES
from tasks.contracts.environment import known_variables
from tasks.contracts.settings import load
from tasks.contracts.wanted import OURS
from tests.command import REPO, tree
from workers.flock import plan_of
from workers.supervision.background import DOWN_TIMEOUT_S

TOKENS = {"DISCORD_TOKEN": "a.b.c", "TELEGRAM_TOKEN": "1:a", "ROOKERY_FEED_URL": "http://127.0.0.1:1"}
SYSTEMD = sorted((REPO / "infra" / "systemd").glob("*.service"))
(LAUNCHD,) = (REPO / "infra" / "launchd").glob("*.plist")
INSTANCES = {
    "rookery@": ("upkeep", "beat", "flower", "memory", "training"),
    "rookery-bot@": ("web", *OURS),
    "rookery-host@": ("home",),
    "rookery-listener@": ("counting",),
}
ONLY_WHERE_WANTED = ("run memory", "run training", "run listener counting")
PROGRAM = re.compile(r"/opt/rookery/\.venv/bin/rookery (.+)")


def settings_of(unit: Path) -> dict[str, list[str]]:
    """Return what a unit file says, by key."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def commands_of(unit: Path) -> list[str]:
    """Return the command of each instance of a unit, from the verb on."""
    (line,) = settings_of(unit)["ExecStart"]
    found = PROGRAM.fullmatch(line)
    assert found
    return [found[1].replace("%i", instance) for instance in INSTANCES.get(unit.stem, ("",))]


def stop_timeouts() -> dict[str, float]:
    """Return how long `rookery up` lets each of its processes take to end, and how long it may take itself."""
    children = plan_of(load(REPO / "rookery.example.toml", TOKENS)).children
    by_verb = {" ".join(child.argv[child.argv.index("rookery") + 1 :]): child.kill_timeout_s for child in children}
    return {**by_verb, "up": DOWN_TIMEOUT_S}


def exists(command: str) -> bool:
    """Return whether the words of a command lead to a verb; what follows is its arguments."""
    words = tuple(command.split())
    known = tree()
    return any(words[:length] in known and length > 0 for length in (len(words), len(words) - 1))


@pytest.mark.parametrize("unit", SYSTEMD, ids=lambda unit: unit.name)
def test_a_unit_runs_a_verb_and_gives_it_time_to_end(unit: Path) -> None:
    told = settings_of(unit)
    for command in commands_of(unit):
        assert exists(command)
        if command not in ONLY_WHERE_WANTED:
            assert float(told["TimeoutStopSec"][0]) > stop_timeouts()[command]


def test_every_process_of_a_deployment_has_a_unit() -> None:
    commands = {command for unit in SYSTEMD for command in commands_of(unit)}
    assert commands == {"up", "run host home", "run bot web", *(f"run bot {name}" for name in OURS)} | {
        "run listener counting",
        *(f"run {verb}" for verb in {*PROCESSES} - {"host", "bot", "gate", "listener"}),  # the gate is a child of `up`
    }


@pytest.mark.parametrize("unit", SYSTEMD, ids=lambda unit: unit.name)
def test_a_unit_comes_back_by_itself_and_may_do_little(unit: Path) -> None:
    told = settings_of(unit)
    assert told["Restart"] == ["always"]
    assert told["StartLimitIntervalSec"] == ["0"]
    assert told["KillMode"] == ["mixed"]
    assert told["User"] == ["rookery"]
    for key, value in {"NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict"}.items():
        assert told[key] == [value]


@pytest.mark.parametrize("unit", SYSTEMD, ids=lambda unit: unit.name)
def test_a_unit_sets_only_what_rookery_reads_and_no_secret(unit: Path) -> None:
    told = dict(line.split("=", 1) for line in settings_of(unit)["Environment"])
    assert {name for name in told if name != "PYTHONUNBUFFERED"} <= {*known_variables()}
    assert "REDIS_URL" not in told
    assert ("REDIS_URL_FILE" in told) == (unit.stem != "rookery"), "`rookery up` may run a Redis of its own"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze on this machine")
@pytest.mark.parametrize("unit", SYSTEMD, ids=lambda unit: unit.name)
def test_systemd_understands_a_unit(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    program = "/opt/rookery/.venv/bin/rookery"
    assert program in text
    copy = tmp_path / unit.name
    copy.write_text(text.replace(program, "/bin/true"), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(copy)]
    verified = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_a_mac_runs_a_host_that_comes_back_by_itself() -> None:
    told = plistlib.loads(LAUNCHD.read_bytes())
    program, *command = told["ProgramArguments"]
    assert program.endswith("/.venv/bin/rookery")
    assert command == ["run", "host", "NAME"]
    assert exists(" ".join(command))
    assert told["KeepAlive"] is True
    assert told["RunAtLoad"] is True
    assert told["ExitTimeOut"] > stop_timeouts()["run host home"]
    assert f"{told['Label']}.plist" == LAUNCHD.name
    assert {*told["EnvironmentVariables"]} - {"PYTHONUNBUFFERED"} <= {*known_variables()}
