"""A hall in which people say what they want of their memories, as the process that remembers has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tasks.memory.people import Rights


@pytest.fixture
def hall(redis_url: str, tmp_path: Path) -> Iterator[Rights]:
    made = Rights(redis_url, tmp_path)
    yield made
    made.close()
