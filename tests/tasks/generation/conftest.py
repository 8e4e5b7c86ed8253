"""A worker in miniature: the real ledger, an engine that does as it is told, and one pair of hands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tasks.generation.bench import Bench


@pytest.fixture
def bench(redis_url: str) -> Iterator[Bench]:
    """One host with one model on four slots."""
    made = Bench(redis_url)
    yield made
    made.close()
