"""Which agents run on this machine: started, restarted and ended as the fleet file says while `rookery up` runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tasks.contracts.fleet import Host
from tasks.contracts.settings import Settings
from workers.supervision.child import ChildSpec
from workers.supervision.supervise import Supervisor

#: What an agent takes up while it runs; for anything else it is started anew, once it has finished what it has in hand.
LIVE = frozenset({"enabled", "agent"})


class Roster:
    """The hosts of this machine as its supervisor has them."""

    def __init__(self, settings: Settings, supervisor: Supervisor, make: Callable[[Settings, Host], ChildSpec]) -> None:
        self._supervisor, self._make = supervisor, make
        self._known = {name: self._card(settings, host) for name, host in here(settings).items()}

    def heed(self, settings: Settings) -> None:
        """Bring about what the fleet file says now; the supervisor's ticks do the rest."""
        wanted = here(settings)
        for name in self._known.keys() - wanted.keys():
            self._supervisor.remove(child_name(name), wait=False)
            del self._known[name]
        for name, host in wanted.items():
            card = self._card(settings, host)
            if name not in self._known:
                self._supervisor.add(self._make(settings, host))
            elif self._known[name] != card:
                self._supervisor.restart(child_name(name))
            self._known[name] = card

    def _card(self, settings: Settings, host: Host) -> dict[str, Any]:
        models = [model.model_dump() for model in settings.fleet.models_of(host.name)]
        return {**host.model_dump(exclude=set(LIVE)), "held": models}


def here(settings: Settings) -> dict[str, Host]:
    """Return the hosts whose agents run on this machine, by name."""
    return {host.name: host for host in settings.fleet.hosts if host.enabled and settings.belongs_here(host)}


def child_name(host: str) -> str:
    """Return the name by which the supervisor knows the agent of a host."""
    return f"host-{host}"
