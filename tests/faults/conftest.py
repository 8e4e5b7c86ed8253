"""The flock that most fault tests share; each leaves it at rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults.house import House, until
from tests.faults.invariants import at_rest
from tests.faults.settings import MODEL

READY_S = 60.0
THREE_HOSTS = f"""
[[model]]
name = "{MODEL}"
aliases = {{ openai = "{MODEL}" }}
slots = 6

[[host]]
name = "one"
engine = "fake"

[[host]]
name = "two"
engine = "fake"

[[host]]
name = "three"
engine = "fake"
"""


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[House]:
    """Three hosts with one model of six slots each, and a bot."""
    with House(tmp_path_factory.mktemp("house"), free_port(), THREE_HOSTS, ("one", "two", "three")) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> House:
    """The shared flock, complete and at rest."""
    until(shared_house.complete, READY_S)
    at_rest(shared_house)
    return shared_house
