"""Which agents `rookery up` runs: as the fleet file says, while it says so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tasks.contracts.fleet import Host
from tasks.contracts.settings import Settings, load
from workers.fleet.roster import Roster, child_name, here
from workers.supervision.child import ChildSpec
from workers.supervision.supervise import Phase, Supervisor

HOME = '[[host]]\nname = "home"\nengine = "fake"\n'
ATTIC = '[[host]]\nname = "attic"\nengine = "fake"\n'


class Farm:
    """A supervisor with a harmless child for each host."""

    def __init__(self, folder: Path, fleet: str) -> None:
        self.folder = folder
        settings = self.told(fleet)
        children = [self.child(settings, host) for host in here(settings).values()]
        self.supervisor = Supervisor(children, log_dir=folder)
        self.roster = Roster(settings, self.supervisor, self.child)

    def told(self, fleet: str) -> Settings:
        (self.folder / "rookery.toml").write_text(fleet)
        return load(self.folder / "rookery.toml", {})

    def child(self, _settings: Settings, host: Host) -> ChildSpec:
        return ChildSpec(child_name(host.name), (sys.executable, "-c", "import time; time.sleep(99)"))

    def after(self, fleet: str) -> dict[str, Phase]:
        self.roster.heed(self.told(fleet))
        return {name: state.phase for name, state in self.supervisor.states().items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_host_that_is_added_gets_an_agent_and_one_that_goes_loses_it(folder: Path) -> None:
    farm = Farm(folder, HOME)
    with farm.supervisor:
        assert list(farm.after(HOME + ATTIC)) == ["host-home", "host-attic"]
        farm.supervisor.tick()
        assert farm.after(HOME)["host-attic"] is Phase.STOPPING
        assert farm.after(HOME)["host-home"] is Phase.STARTING


@pytest.mark.parametrize("change", ["enabled = false\n", 'agent = "studio"\n'])
def test_a_host_that_is_switched_off_or_moves_to_another_machine_ends_here(folder: Path, change: str) -> None:
    farm = Farm(folder, HOME + ATTIC)
    with farm.supervisor:
        states = farm.after(HOME + ATTIC + change)
        assert states.get("host-attic", Phase.STOPPING) is Phase.STOPPING
        assert farm.after(HOME + ATTIC)["host-attic"] in (Phase.STOPPING, Phase.WAITING), "and comes back"


def test_what_changes_about_a_host_is_left_to_its_agent(folder: Path) -> None:
    farm = Farm(folder, HOME)
    with farm.supervisor:
        assert farm.after(f"{HOME}slots = 2\n")["host-home"] is Phase.STARTING


def test_hosts_of_other_machines_are_not_run_here(folder: Path) -> None:
    (folder / "rookery.toml").write_text(HOME + ATTIC + 'agent = "studio"\n')
    assert list(here(load(folder / "rookery.toml", {}))) == ["home"]
