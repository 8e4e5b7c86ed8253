"""Workers and agents are killed at random while people talk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.house import House
from tests.faults.load import survive_kills

pytestmark = pytest.mark.faults
KILLS = 60


def test_sixty_kills_lose_nothing_and_double_nothing(house: House, record_property: Callable[[str, object], None]):
    for name, value in survive_kills(house, KILLS).items():
        record_property(name, value)
