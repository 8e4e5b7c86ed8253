"""A ledger on an empty Redis for each test, and the plug of that Redis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.plug import Plug


@pytest.fixture
def plug(redis_server: Any, flock: Flock) -> Iterator[Plug]:
    """The plug; it is in again when the test is over."""
    made = Plug(redis_server, flock.client)
    yield made
    made.push_in()
