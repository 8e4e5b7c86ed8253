"""`rookery` with the packages that a test installs beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command import REPO, Command
from tests.examples.packages import install


@pytest.fixture
def installing(tmp_path: Path, redis_url: str) -> Iterator[Callable[..., Command]]:
    """Call it with the names of examples, for the command in a folder of its own where these are installed."""
    made: list[Command] = []

    def start(*examples: str, settings: str = "") -> Command:
        site = tmp_path / "site"
        for example in examples:
            install(example, site)
        command = Command(tmp_path, {"ROOKERY_DATA_DIR": str(tmp_path), "PYTHONPATH": f"{REPO}:{site}"})
        command.settings(f'[redis]\nurl = "{redis_url}"\n\n{settings}')
        made.append(command)
        return command

    yield start
    for command in made:
        command.end()
