"""The command in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import Command


@pytest.fixture
def command(tmp_path: Path, redis_url: str) -> Iterator[Command]:
    """`rookery` on an empty Redis."""
    made = Command(tmp_path)
    made.settings(f'[redis]\nurl = "{redis_url}"\n')
    yield made
    made.end()
