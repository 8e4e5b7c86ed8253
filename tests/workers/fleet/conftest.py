"""One machine with a fleet file for all tests of who joins it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workers.fleet.lodge import Lodge


@pytest.fixture(scope="session")
def shared_lodge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lodge]:
    """Open for the whole session: Redis and the gate take a second to start."""
    made = Lodge(tmp_path_factory.mktemp("lodge"))
    with made.open():
        yield made


@pytest.fixture
def lodge(shared_lodge: Lodge) -> Lodge:
    """The lodge as it was at first."""
    shared_lodge.clear()
    return shared_lodge
