"""The front door: every verb explains itself, errors are two lines, and no file of the current folder comes between."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import rookery
from tasks.contracts.errors import ConfigurationError
from tests.command import PATIENCE_S, Command, tree
from tests.workers.household import until

SCRIPT = Path(sys.executable).with_name("rookery")
SLOW_LIBRARIES = {"celery", "kombu", "fastapi", "uvicorn", "redis", "requests", "numpy", "gguf"}
OUR_NAMES = ("tasks", "celeryconfig", "workers", "bots", "schedules", "celery")
FAKE_FLEET = '[[model]]\nname = "echo"\naliases = {home = "echo"}\n[[host]]\nname = "home"\nengine = "fake"\n'
# Runs a command line in a fresh interpreter and prints which slow libraries that loaded.
PROBE = f"""
import sys
sys.argv = ["rookery", *sys.argv[1:]]
import rookery
try:
    rookery.main()
except SystemExit as end:
    assert not end.code, end.code
print("loaded:", *sorted({SLOW_LIBRARIES!r} & {{name.split(".")[0] for name in sys.modules}}))
"""


TREE = tree()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """`rookery` in an empty folder."""
    made = Command(tmp_path)
    yield made
    made.end()


# ---------------------------------------------------------------- help


def test_the_tree_holds_the_verbs_of_every_room():
    leaves = {" ".join(path) for path, command in TREE.items() if not hasattr(command, "list_commands")}
    expected = {"ask", "chat", "status", "up", "down", "doctor", "models", "job list", "job explain", "job withdraw"}
    expected |= {"job retry"}
    expected |= {f"config {verb}" for verb in ("check", "show", "example", "init", "folders")}
    expected |= {"invite", "join", "config import"}
    expected |= {f"host {verb}" for verb in ("list", "drain", "pause", "resume", "add", "remove")}
    expected |= {f"fleet check {verb}" for verb in ("health", "switching", "failover", "load")}
    expected |= {f"transcript {verb}" for verb in ("show", "export", "stats")}
    expected |= {f"storage {verb}" for verb in ("list", "archive", "fetch")}
    expected |= {"discord invite"} | {f"persona {verb}" for verb in ("list", "show", "disable", "enable")}
    expected |= {f"run bot {name}" for name in ("web", "discord", "telegram", "feed")}
    expected |= {f"memory {verb}" for verb in ("list", "remember", "forget", "export", "tidy")}
    expected |= {"import openclaw", "backup", "restore"}
    expected |= {f"train {verb}" for verb in ("now", "runs", "score", "export")}
    expected |= {f"train {verb}" for verb in ("list", "show", "promote", "rollback", "diff", "gc")}
    expected |= {"notify"} | {f"key {verb}" for verb in ("new", "list", "revoke")}
    assert leaves == expected | {
        "run host",
        "run gate",
        "run upkeep",
        "run memory",
        "run training",
        "run listener",
        "run beat",
        "run flower",
    }


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_verb_explains_itself(path):
    shown = CliRunner().invoke(rookery.app, [*path, "--help"], prog_name="rookery")
    assert shown.exit_code == 0, shown.output
    assert " ".join(("Usage: rookery", *path)) in shown.output
    assert (TREE[path].help or "").strip().endswith(".")


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_option_says_what_it_is_for(path):
    options = [param for param in TREE[path].params if param.param_type_name == "option" and param.name != "help"]
    assert not [option.name for option in options if not getattr(option, "help", "")]


@pytest.mark.parametrize("words", ["--help", "ask --help", "status --help", "up --help", "run --help"])
def test_help_loads_nothing_slow(words, command):
    argv = [sys.executable, "-P", "-c", PROBE, *words.split()]
    ran = subprocess.run(argv, cwd=command.folder, env=command.environ(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1].split() == ["loaded:"]


# ---------------------------------------------------------------- errors


def test_an_error_of_ours_is_two_lines_without_a_traceback(command):
    ended = command.run("run", "host", "hom")
    assert (ended.code, ended.out) == (rookery.EXIT_ERROR, "")
    first, second = ended.errors.splitlines()
    assert first == "rookery: there is no host 'hom'; there are: home"
    assert second.startswith("  → ")


def test_an_error_in_the_settings_names_file_key_and_wish(command):
    command.settings("[web]\nport = 0\ncolour = 1\n")
    ended = command.run("status")
    assert ended.code == rookery.EXIT_ERROR
    assert "Traceback" not in ended.errors
    assert "rookery.toml" in ended.errors
    assert "web.port" in ended.errors
    assert "web.colour" in ended.errors
    assert ended.errors.splitlines()[-1].startswith("  → ")


def test_an_error_without_advice_is_one_line(monkeypatch, capsys):
    def fail() -> None:
        raise ConfigurationError("it cannot be")

    monkeypatch.setattr(rookery, "app", fail)
    with pytest.raises(SystemExit) as ended:
        rookery.main()
    assert (ended.value.code, capsys.readouterr().err) == (rookery.EXIT_ERROR, "rookery: it cannot be\n")


@pytest.mark.parametrize("words", ["nonsense", "status --nonsense", "job explain", "run nonsense"])
def test_what_is_no_command_is_a_usage_error(words, command):
    ended = command.invoke(*words.split())
    assert ended.code == rookery.EXIT_ERROR
    assert "Usage: " in ended.errors


def test_an_interrupted_command_says_nothing_of_its_innards(command):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        command.settings(f'[redis]\nurl = "redis://127.0.0.1:{silent.getsockname()[1]}/0"\n')
        process = command.start("status")
        connection, _ = silent.accept()  # it waits for an answer now
        with connection:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == rookery.EXIT_INTERRUPTED
    assert "Traceback" not in errors


def test_a_reader_that_went_away_is_no_crash(command):
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = command.start("--help", stdout=write_end)
    os.close(write_end)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "Traceback" not in errors


# ---------------------------------------------------------------- the current folder


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder full of modules that are called as ours are, and end whoever imports them."""
    for name in OUR_NAMES:
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('the wrong {name}')\n")
    return tmp_path


def test_the_installed_command_imports_nothing_of_the_current_folder(trap, command):
    environment = {name: value for name, value in command.environ().items() if name != "PYTHONPATH"}
    for words in (["status", "--help"], ["run", "host", "hom"]):
        ran = subprocess.run([SCRIPT, *words], cwd=trap, env=environment, capture_output=True, text=True, check=False)
        assert "the wrong" not in ran.stdout + ran.stderr
        assert ran.returncode == (0 if "--help" in words else rookery.EXIT_ERROR), ran.stderr


def test_a_whole_rookery_in_such_a_folder_answers_a_question_and_ends_without_a_trace(trap, command, free_port):
    ports = {name: free_port() for name in ("redis", "web", "flower")}
    command.settings("".join(f"[{name}]\nport = {port}\n" for name, port in ports.items()) + FAKE_FLEET)
    with (command.folder / "up.log").open("w") as log:
        up = command.start("up", stdout=log, stderr=log)
    until(lambda: "Rookery is up." in (command.folder / "up.log").read_text() or up.poll() is not None, "rookery up")
    asked = command.run("ask", "hello there", "--json")
    assert asked.code == 0, asked.errors + (command.folder / "up.log").read_text()
    told = json.loads(asked.out)
    assert (told["text"], told["model"], told["host"]) == ("echo: hello there", "echo", "home")
    seen = json.loads(command.run("status", "--json").out)
    assert [host["name"] for host in seen["hosts"] if host["live"]] == ["home"]
    transcript = command.folder / "data" / "transcript.sqlite3"
    until(lambda: transcript.exists() and "hello there" in command.invoke("transcript", "export").out, "what was said")
    logs = (trap / "logs").rglob("*.log")
    assert not [log for log in logs if "the wrong" in log.read_text()], "no process took a module of this folder"
    up.send_signal(signal.SIGINT)
    assert up.wait(PATIENCE_S) == 0
    for port in ports.values():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
