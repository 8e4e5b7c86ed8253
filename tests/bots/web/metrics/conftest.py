"""A flock with a day behind it, and its web bot."""

from __future__ import annotations

import pytest

from tasks.contracts.fleet import Fleet
from tests.bots.web.metrics import day


@pytest.fixture
def fleet() -> Fleet:
    return day.catalogue()
