"""The Celery workers of a host, one for each model that it serves, as children of its agent."""

from __future__ import annotations

from workers.children import WORKER, Station
from workers.residency.loading import Failed, Failure, Serving
from workers.supervision.supervise import Phase, Supervisor

#: How often a worker may die at its start before the model counts as not to be served here.
STARTS = 3


class Crew:
    """Starts and ends workers; nothing here waits."""

    def __init__(self, supervisor: Supervisor, drain_s: float) -> None:
        self._supervisor, self._drain_s = supervisor, drain_s

    def start(self, station: Station) -> None:
        """Have the worker of a model started, unless it is there."""
        if station.worker.name not in self._supervisor.states():
            self._supervisor.add(station.worker)

    def started(self, slug: str) -> Serving | Failed | None:
        """Return whether the worker hears bells by now, or keeps dying."""
        state = self._supervisor.states().get(WORKER + slug)
        if state is None:
            return Failed(Failure("ProcessFailed", "its worker was stopped"))
        if state.phase is Phase.READY:
            return Serving()
        if state.failures < STARTS:
            return None
        return Failed(Failure("ProcessFailed", self._supervisor.failure(state.name).message))

    def drain(self, slug: str) -> None:
        """Tell a worker to finish what it holds, begin nothing more, and end."""
        self._supervisor.remove(WORKER + slug, wait=False, patience_s=self._drain_s)

    def drained(self, slug: str) -> bool:
        """Return whether the worker has ended."""
        return WORKER + slug not in self._supervisor.states()

    def serving(self, slug: str) -> bool:
        """Return whether the worker hears bells."""
        state = self._supervisor.states().get(WORKER + slug)
        return state is not None and state.phase is Phase.READY
