"""The listener of docs/howto/listen.md, installed as it says, run as `rookery run listener counting`."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bots.conftest import eventually
from tests.command import Command
from tests.tasks.jobs.flock import Flock

PATIENCE_S = 30.0
MOST_LINES = 40
EXAMPLE = Path(__file__).parents[2] / "examples" / "counting_listener" / "counting_listener.py"
Installing = Callable[..., Command]


def counts(folder: Path) -> dict[str, int]:
    file = folder / "counts.json"
    found: dict[str, int] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def answer_until(flock: Flock, counted: Callable[[], Any]) -> None:
    """Have jobs answered until the listener has heard of one: at first it may not listen yet."""
    host = flock.host()

    def one_more() -> Any:
        flock.submit()
        flock.serve(host)
        return counted()

    eventually(one_more, "the listener to count")


def test_a_listener_of_another_package_hears_every_move(installing: Installing, flock: Flock) -> None:
    command = installing("counting_listener")
    process = command.start("run", "listener", "counting")
    every = {f"demo {state}" for state in ("received", "queued", "claimed", "done", "delivered")}
    answer_until(flock, lambda: every <= counts(command.folder).keys())
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0


def test_one_that_is_not_installed_is_named_with_those_that_are(installing: Installing) -> None:
    ended = installing("counting_listener").run("run", "listener", "countin")
    assert ended.code == 2
    assert "no package brings the listener 'countin' along" in ended.errors
    assert "counting" in ended.errors


def test_an_example_is_short() -> None:
    assert len(EXAMPLE.read_text("utf-8").splitlines()) <= MOST_LINES
