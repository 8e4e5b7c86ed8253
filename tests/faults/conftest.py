"""The flock that most fault tests share; each leaves it at rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.house import House, until
from tests.faults.invariants import at_rest
from tests.faults.notebook import NOTEBOOK
from tests.faults.report_plugin import OPTION, PROPERTY, FaultReport
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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the report."""
    parser.addoption(OPTION, metavar="PATH", help="write what each fault came to on one HTML page")


def pytest_configure(config: pytest.Config) -> None:
    """Write the report where it was asked for."""
    path = config.getoption(OPTION, default=None)
    if path and not hasattr(config, "workerinput"):  # where tests run in several processes, the first one has it all
        config.pluginmanager.register(FaultReport(Path(path), config.rootpath), "fault-report")


@pytest.fixture(autouse=True)
def _page(request: pytest.FixtureRequest) -> Iterator[None]:
    """Open a page of the notebook for each test, and send it along with the test's report."""
    page = NOTEBOOK.turn_over()
    yield
    request.node.user_properties.append((PROPERTY, page.as_json()))


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
