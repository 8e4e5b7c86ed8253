"""The flock that most fault tests share; each leaves it at rest."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
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


@dataclass
class Standing:
    """The shared flock, once somebody asked for it and until the tests of this folder are over."""

    house: House | None = None
    until_over: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def end(self) -> None:
        """End it: its nine processes would keep looking for work through all the tests that come after."""
        self.house = None
        self.until_over.close()


STANDING = pytest.StashKey[Standing]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """End the shared flock with the last test of this folder."""
    try:
        return (yield)
    finally:
        if STANDING in item.session.stash and (nextitem is None or nextitem.path.parent != item.path.parent):
            item.session.stash[STANDING].end()


@pytest.fixture
def shared_house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
) -> House:
    """Three hosts with one model of six slots each, and a bot."""
    standing = request.session.stash.setdefault(STANDING, Standing())
    if standing.house is None:
        house = House(tmp_path_factory.mktemp("house"), free_port(), THREE_HOSTS, ("one", "two", "three"))
        standing.house = standing.until_over.enter_context(house)
    return standing.house


@pytest.fixture
def house(shared_house: House) -> House:
    """The shared flock, complete and at rest."""
    until(shared_house.complete, READY_S)
    at_rest(shared_house)
    return shared_house
