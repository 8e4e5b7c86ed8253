"""Workers and agents are killed at random while people talk."""

from __future__ import annotations

import pytest

from tests.faults.house import House
from tests.faults.load import survive_kills

pytestmark = pytest.mark.faults
KILLS = 25


def test_some_kills_lose_nothing_and_double_nothing(house: House):
    survive_kills(house, KILLS)
