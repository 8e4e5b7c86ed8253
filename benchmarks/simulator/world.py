"""The course of simulated time: arrivals, ends, loads. How requests reach hosts is left to those that build on it."""

from __future__ import annotations

import heapq
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable

from benchmarks.simulator.machine import Machine, Request
from benchmarks.simulator.scenarios import Scenario

PACE_SHARE = 0.1  # one answer counts for this part of the usual time
HORIZON, HORIZON_S = 6.0, 4_000.0  # nothing that is worth telling comes later
USUAL_S = 5.0


class World(ABC):
    """A flock at work. `run` lets everything happen; then its requests and machines tell what did."""

    def __init__(self, scenario: Scenario, deadline_s: float) -> None:
        self.scenario, self.deadline_s = scenario, deadline_s
        self.models = scenario.models
        self.machines = [Machine(number, spec, scenario.models) for number, spec in enumerate(scenario.hosts)]
        self.requests = [Request(each.at_s, each.model, each.tokens) for each in scenario.arrivals]
        self.usual_s: list[float | None] = [None] * len(self.models)
        self.now_s = 0.0
        self._left = len(self.requests)
        self._count = itertools.count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    def run(self) -> None:
        """Let time pass until every request was answered or given up."""
        for request in self.requests:
            self.at(request.at_s, lambda request=request: self.arrived(request))  # type: ignore[misc]
        horizon_s = self.requests[-1].at_s * HORIZON + HORIZON_S
        while self._events and self._left:
            at_s, _, happen = heapq.heappop(self._events)
            if at_s > horizon_s:
                break
            self.now_s = at_s
            happen()

    @abstractmethod
    def arrived(self, request: Request) -> None:
        """Take in what somebody asks."""

    @abstractmethod
    def freed(self, machine: Machine, done: list[Request]) -> None:
        """Use the slots of answers that have ended."""

    @abstractmethod
    def loaded(self, machine: Machine, model: int) -> None:
        """Serve with a model that has come into memory."""

    def waits_here(self, machine: Machine) -> list[int]:
        """Return the models that must not go yet, because requests wait for them on the host itself."""
        return []

    def at(self, at_s: float, happen: Callable[[], None]) -> None:
        """Have something happen at a time."""
        heapq.heappush(self._events, (at_s, next(self._count), happen))

    def begin(self, machine: Machine, request: Request) -> None:
        """Begin an answer."""
        machine.begin(request, self.now_s)
        self._expect(machine)

    def give_up(self, request: Request) -> None:
        """Send a request away that cannot be answered in time."""
        request.given_up_s = self.now_s
        self._left -= 1

    def change(self, machine: Machine, model: int, victims: list[int], *, forced: bool) -> None:
        """Begin to load a model in the place of others."""
        machine.start_change(model, victims, forced=forced)
        self.go_on(machine)

    def go_on(self, machine: Machine) -> None:
        """Start the load that a host has under way, if its victims have drained."""
        if machine.change is None or machine.change.running:
            return
        takes_s = machine.go_on(self.now_s, self.waits_here(machine))
        if takes_s is not None:
            self.at(self.now_s + takes_s, lambda: self.loaded(machine, machine.finish_change(self.now_s)))

    def _expect(self, machine: Machine) -> None:
        in_s, turn = machine.next_end_s(), machine.turn
        if in_s is not None:
            self.at(self.now_s + in_s, lambda: self._ended(machine, turn))

    def _ended(self, machine: Machine, turn: int) -> None:
        if turn != machine.turn:
            return
        done = machine.end(self.now_s)
        self._left -= len(done)
        for request in done:
            took_s, usual_s = request.ended_s - request.began_s, self.usual_s[request.model]
            new_s = took_s if usual_s is None else usual_s + (took_s - usual_s) * PACE_SHARE
            self.usual_s[request.model] = new_s
        self._expect(machine)
        self.go_on(machine)
        self.freed(machine, done)
