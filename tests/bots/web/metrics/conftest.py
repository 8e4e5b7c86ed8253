"""A flock with a day behind it, and its web bot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.contracts.fleet import Fleet
from tests.bots.web.metrics import day
from tests.tasks.jobs.flock import Flock


@pytest.fixture
def fleet() -> Fleet:
    return day.catalogue()


@pytest.fixture
def flock(redis_url: str) -> Iterator[Flock]:
    made = Flock(redis_url)
    yield made
    made.store.close()
