"""A flock that never loads: every model is in memory everywhere. Not a bound, but what swaps are to be held against."""

from __future__ import annotations

from collections import deque

from benchmarks.simulator.machine import Held, Machine, Request
from benchmarks.simulator.scenarios import BATCH_COST, Scenario
from benchmarks.simulator.world import World


class Ideal(World):
    """Each request goes where its round adds the least, as soon as a slot is free."""

    def __init__(self, scenario: Scenario, deadline_s: float) -> None:
        super().__init__(scenario, deadline_s)
        self.queues: list[deque[Request]] = [deque() for _ in self.models]
        for machine in self.machines:
            machine.held = {model: Held(ready_s=0.0) for model in range(len(self.models))}

    def arrived(self, request: Request) -> None:
        """Begin it, or let it wait for a slot."""
        free = [machine for machine in self.machines if machine.has_slot(request.model)]
        if free:
            self.begin(min(free, key=lambda machine: self._added_s(machine, request.model)), request)
        else:
            self.queues[request.model].append(request)

    def freed(self, machine: Machine, done: list[Request]) -> None:
        """Give the slots to who waits longest."""
        for model in sorted({request.model for request in done}):
            queue = self.queues[model]
            while queue and self.now_s - queue[0].at_s >= self.deadline_s:
                self.give_up(queue.popleft())
            while queue and machine.has_slot(model):
                self.begin(machine, queue.popleft())

    def loaded(self, machine: Machine, model: int) -> None:
        """Never."""

    def _added_s(self, machine: Machine, model: int) -> float:
        """Return how long a round would be, with the answer in it."""
        busy = {each: held.busy for each, held in machine.held.items() if held.busy}
        busy[model] = busy.get(model, 0) + 1
        work = sum(self.models[each].size_gib * (1 + BATCH_COST * (count - 1)) for each, count in busy.items())
        return work / machine.spec.read_gib_s
