"""A server of ntfy, and an empty ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.jobs.store import Store
from tests.emulators.ntfy import Ntfy
from tests.tasks.jobs.flock import Flock


@pytest.fixture
def server() -> Iterator[Ntfy]:
    with Ntfy() as running:
        yield running


@pytest.fixture
def store(flock: Flock) -> Store:
    return flock.store
