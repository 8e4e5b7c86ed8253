"""An emulated feed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulators.feed.server import FeedServer, serving


@pytest.fixture
def feed() -> Iterator[FeedServer]:
    """A feed that knows idempotency keys."""
    with serving(FeedServer()) as server:
        yield server


@pytest.fixture
def plain_feed() -> Iterator[FeedServer]:
    """A feed that keeps whatever it is sent twice."""
    with serving(FeedServer(knows_keys=False)) as server:
        yield server
