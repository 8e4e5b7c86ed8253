"""Which agents run on this machine: started and ended as the fleet file says while `rookery up` runs.

What changes about a host that stays, its agent takes up by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from tasks.contracts.fleet import Host
from tasks.contracts.settings import Settings
from workers.supervision.child import ChildSpec
from workers.supervision.supervise import Supervisor


class Roster:
    """The hosts of this machine as its supervisor has them."""

    def __init__(self, settings: Settings, supervisor: Supervisor, make: Callable[[Settings, Host], ChildSpec]) -> None:
        self._supervisor, self._make = supervisor, make
        self._known = set(here(settings))

    def heed(self, settings: Settings) -> None:
        """Bring about what the fleet file says now; the supervisor's ticks do the rest."""
        wanted = here(settings)
        for name in self._known - wanted.keys():
            self._supervisor.remove(child_name(name), wait=False)
        for name in wanted.keys() - self._known:
            self._supervisor.add(self._make(settings, wanted[name]))
        self._known = set(wanted)


def here(settings: Settings) -> dict[str, Host]:
    """Return the hosts whose agents run on this machine, by name."""
    return {host.name: host for host in settings.fleet.hosts if host.enabled and settings.belongs_here(host)}


def child_name(host: str) -> str:
    """Return the name by which the supervisor knows the agent of a host."""
    return f"host-{host}"
