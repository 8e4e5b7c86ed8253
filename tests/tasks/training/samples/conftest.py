from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tasks.training.samples.talk import Talk


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    """A transcript in which nothing was said yet."""
    made = Talk(tmp_path)
    yield made
    made.engine.dispose()
