"""Who speaks to a terminal: commands, to a console that they are given. All else is silent when told to be."""

from __future__ import annotations

import ast
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.test_architecture import ROOT, place, sources, tree_of
from workers.supervision.child import ChildSpec
from workers.supervision.supervise import Supervisor
from workers.supervision.up import UpPlan, up

#: What writes, beside the commands (`cli*.py`, `rookery.py`), and why.
SPEAKERS = {
    "bots/terminal.py": "the chat in a terminal",
    "bots/chatting.py": "the chat in a terminal",
    "bots/discussing.py": "several models in a terminal",
    "workers/processes.py": "a host's log is its output",
    "workers/engines/llamacpp_server.py": "one line to its parent: it is ready",
    "workers/supervision/leash.py": "why a child could not be started, to whoever asked for it",
    "workers/demo/report.py": "run by hand, once",
    "workers/demo/train.py": "run by hand, once",
    "workers/fleet/telling.py": "what `rookery invite` and `join` say",
}
SILENT = ("tasks", "schedules")  # rooms in which nobody speaks but the commands
WRITES = {"print", "Console", "typer.echo", "sys.stdout.write", "sys.stderr.write", "logging.basicConfig"}


def speaking(path: Path) -> Iterator[str]:
    """Yield where a module writes to a terminal, or takes one for itself instead of being given it."""
    if not any(f"{name}(" in path.read_text("utf-8") for name in WRITES):  # most need no closer look
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITES:
            yield place(path, node)


def is_command(path: Path) -> bool:
    return path.name.startswith("cli") or path.name == "rookery.py"


def test_nobody_writes_to_a_terminal_but_commands_and_a_known_few() -> None:
    found = {str(path.relative_to(ROOT)) for path in sources() if not is_command(path) and any(speaking(path))}
    assert found <= {*SPEAKERS}
    assert not [path for path in found if path.startswith(SILENT)]


@pytest.mark.parametrize("line", ["print('x')", "sys.stdout.write('x')", "Console().print('x')", "typer.echo('x')"])
def test_whoever_writes_is_noticed(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_output.place", lambda path, node: f"{path.name}:{node.lineno}")
    file = tmp_path / "loud.py"
    file.write_text(f"def f():\n    {line}\n", encoding="utf-8")
    assert [*speaking(file)] == ["loud.py:2"]


@contextlib.contextmanager
def told_to_end(_supervisor: Supervisor, say: Callable[[str], None]) -> Iterator[None]:
    """Say a word, and be told to end, once all is up."""
    say("a word from beside")
    os.kill(os.getpid(), signal.SIGTERM)
    yield


@pytest.mark.parametrize("quiet", [True, False])
def test_the_same_run_of_up_speaks_or_is_silent_as_its_console_is(
    quiet: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    child = ChildSpec("web", ("sleep", "60"), cwd=tmp_path, ready=lambda: True)
    urls, warnings = {"chat": "http://127.0.0.1:8"}, ("a warning",)
    plan = UpPlan(tmp_path, tmp_path / "logs", None, (child,), urls, warnings, alongside=told_to_end)
    assert up(plan, Console(quiet=quiet)) == 0
    told = capfd.readouterr()
    spoken = [words in told.out for words in ("a warning", "Rookery is up.", "a word from beside", "has stopped")]
    assert spoken == [not quiet] * 4
    assert (told.out == "", told.err) == (quiet, "")
