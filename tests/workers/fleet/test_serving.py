"""An agent serves its host as the fleet file says, and starts anew when that says something else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.contracts import fleetwatch
from tasks.contracts.fleet import Fleet, Host
from tasks.contracts.settings import Settings, load
from tests.workers.household import until
from workers.fleet import serving

HOME = '[[model]]\nname = "m"\naliases = {{ openai = "m" }}\n[[host]]\nname = "home"\nengine = "fake"\n{more}\n'
OTHERS = '[[host]]\nname = "attic"\nengine = "fake"\n[[persona]]\nname = "p"\nmodel = "m"\n'


class Served:
    """A host served by an agent that does nothing but wait for its end."""

    def __init__(self, folder: Path) -> None:
        self.file, self.ended = folder / "rookery.toml", threading.Event()
        self.says()
        self.slots: list[int | None] = []
        self.thread = threading.Thread(
            target=serving.serve, args=(load(self.file, {}), "home", {}, self.ended, self._agent)
        )
        self.thread.start()

    def says(self, more: str = "", rest: str = "") -> None:
        self.file.write_text(HOME.format(more=more) + rest)

    def _agent(self, _settings: Settings, host: Host, ending: threading.Event, fleet: Callable[[], Fleet]) -> None:
        self.slots.append(host.slots)
        self.fleet = fleet
        until(ending.is_set, "the end")


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fleetwatch, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(fleetwatch, "SETTLED_S", 0.01)
    monkeypatch.setattr(serving, "GONE_S", 0.05)
    made = Served(tmp_path)
    yield made
    made.ended.set()
    made.thread.join()


def test_an_agent_starts_anew_for_what_concerns_it_and_for_nothing_else(served: Served) -> None:
    until(lambda: served.slots == [None], "its start")
    served.says("slots = 2")
    until(lambda: served.slots == [None, 2], "another start")
    served.says("slots = 2", OTHERS)
    served.says("slots = 2\n[jobs]\nlease_s = 20", OTHERS)
    until(lambda: served.slots == [None, 2, 2], "one more start, and not one for the others")


def test_the_way_to_decide_what_it_holds_changes_while_an_agent_runs(served: Served) -> None:
    until(lambda: served.slots == [None], "its start")
    served.says(rest='[residency]\nstrategy = "round-robin"\n')
    until(lambda: served.fleet().residency.strategy == "round-robin", "the other one")
    served.says(rest='[residency]\nstrategy = "luckiest"\n[jobs]\nlease_s = 20')
    served.says(rest='[residency]\nstrategy = "memory-based"\n')
    until(lambda: served.fleet().residency.strategy == "memory-based", "the next")
    assert served.slots == [None], "none of it was a start"


@pytest.mark.parametrize("more", ["enabled = false", 'agent = "studio"', "[broken"])
def test_an_agent_leaves_when_its_host_is_no_more_for_this_machine(served: Served, more: str) -> None:
    until(lambda: served.slots == [None], "its start")
    served.says(more, OTHERS)
    if more == "[broken":
        served.ended.set()
    until(lambda: not served.thread.is_alive(), "its leaving")
    assert served.slots == [None]


def test_an_agent_ends_when_it_is_told_to(served: Served) -> None:
    until(lambda: served.slots == [None], "its start")
    served.ended.set()
    until(lambda: not served.thread.is_alive(), "its end")
