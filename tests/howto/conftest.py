"""A host that a test plays, for whoever follows a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.jobs.store import Store
from tests.bots.conftest import Hand


@pytest.fixture
def hand(redis_url: str) -> Iterator[Hand]:
    store = Store.open(redis_url)
    hand = Hand(store)
    hand.arrive()
    yield hand
    store.close()
