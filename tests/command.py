"""`rookery`: its tree of commands, and the command as a process far from any settings but those of a test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typer.main import get_command
from typer.testing import CliRunner

import rookery
from tests.logged import logging_as_it_was

REPO = Path(__file__).parents[1]
PATIENCE_S = 60.0
OURS = (
    *("ROOKERY_", "REDIS_URL", "DRY_RUN", "FLOWER_", "DISCORD_", "TELEGRAM_", "FEED_KEY", "TRANSCRIPT_URL"),
    *("NTFY_TOKEN", "WEB_KEY", "QDRANT_"),
)


def verbs(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command below this one with the words that lead to it."""
    yield path, command
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from verbs(command.get_command(None, name), (*path, name))


@cache
def tree() -> dict[tuple[str, ...], Any]:
    """Return every command of `rookery` by the words that lead to it."""
    return dict(verbs(get_command(rookery.app)))


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    errors: str


@dataclass
class Command:
    """`rookery` in a folder."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def settings(self, text: str) -> None:
        """Write the rookery.toml of the folder."""
        (self.folder / "rookery.toml").write_text(text, encoding="utf-8")

    def environ(self) -> Mapping[str, str]:
        """Return what the process is told: this one's environment without what is ours."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return {**plain, "PYTHONPATH": str(REPO), "COLUMNS": "200", "NO_COLOR": "1", **self.environment}

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start `rookery` with these arguments."""
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        # As `rookery up` starts them: the current folder is no place to import from.
        command = [sys.executable, "-P", "-m", "rookery", *arguments]
        process = subprocess.Popen(
            command, cwd=self.folder, env=self.environ(), stdin=subprocess.DEVNULL, text=True, encoding="utf-8", **pipes
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str) -> Ended:
        """Run `rookery` to its end."""
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=PATIENCE_S)
        return Ended(process.returncode, out, errors)

    def invoke(self, *arguments: str) -> Ended:
        """Run `rookery` within this process, which is quicker; errors of ours are raised."""
        told = {"ROOKERY_CONFIG": str(self.folder / "rookery.toml"), "COLUMNS": "200", "NO_COLOR": "1"}
        with logging_as_it_was(), patch.dict(os.environ):  # `rookery up` tells its children by it where everything is
            result = CliRunner().invoke(rookery.app, arguments, env=told, prog_name="rookery", catch_exceptions=False)
        return Ended(result.exit_code, result.stdout, result.stderr)

    def end(self) -> None:
        """End what still runs."""
        for process in self.started:
            process.kill()
            process.communicate()
