"""Flocks without residency of their own: a router or one queue before hosts that each load what comes, as Ollama does.

Such a host serves what it is sent in the order in which it came. A model that is not there is loaded at once, over idle
models first, then over those in use once they have drained, the least recently used of each; whoever stands behind
waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from benchmarks.simulator.machine import Machine, Request
from benchmarks.simulator.scenarios import Scenario
from benchmarks.simulator.world import World

THREADS = 8  # so many requests of the one queue a host works on


class Push(World):
    """What hosts that take whatever they are sent have in common."""

    def __init__(self, scenario: Scenario, deadline_s: float) -> None:
        super().__init__(scenario, deadline_s)
        self.sent: list[deque[Request]] = [deque() for _ in self.machines]
        self.rooms: list[dict[int, deque[Request]]] = [{} for _ in self.machines]
        """Who waits for a slot of a model that is there, or on its way."""
        self.in_hand = [0] * len(self.machines)

    def freed(self, machine: Machine, done: list[Request]) -> None:
        """Begin what waited for those slots, then look at what comes next."""
        self.in_hand[machine.number] -= len(done)
        for model in {request.model for request in done}:
            self._begin(machine, model)
        self.look(machine)

    def loaded(self, machine: Machine, model: int) -> None:
        """Begin what waited for the model."""
        self._begin(machine, model)
        self.look(machine)

    def waits_here(self, machine: Machine) -> list[int]:
        """Return the models for which somebody stands in line here."""
        return [model for model, room in self.rooms[machine.number].items() if room]

    def fetch(self, machine: Machine) -> None:
        """Take more from elsewhere, where there is an elsewhere."""

    def look(self, machine: Machine) -> None:
        """Deal with what a host was sent, in order, until something has to be loaded and cannot yet."""
        self.fetch(machine)
        line = self.sent[machine.number]
        while line:
            request = line[0]
            held = machine.held.get(request.model)
            if self.now_s - request.at_s >= self.deadline_s:
                self._drop(machine, line.popleft())
            elif held is not None and not held.draining:
                self.rooms[machine.number].setdefault(request.model, deque()).append(line.popleft())
                self._begin(machine, request.model)
            elif machine.change is not None:
                return
            else:
                self._load(machine, request.model)

    def _load(self, machine: Machine, model: int) -> None:
        waits = self.waits_here(machine)

        def order(each: int) -> tuple[bool, float]:
            return bool(machine.held[each].busy or each in waits), machine.held[each].used_s

        victims: list[int] = []
        missing_gib = self.models[model].size_gib - machine.free_gib
        for victim in sorted(machine.held, key=order):
            if missing_gib <= 0:
                break
            victims.append(victim)
            missing_gib -= self.models[victim].size_gib
        self.change(machine, model, victims, forced=any(order(victim)[0] for victim in victims))

    def _begin(self, machine: Machine, model: int) -> None:
        room, held = self.rooms[machine.number].get(model), machine.held.get(model)
        while room and held and held.ready_s >= 0 and held.busy < self.models[model].slots:
            request = room.popleft()
            if self.now_s - request.at_s >= self.deadline_s:
                self._drop(machine, request)
            else:
                self.begin(machine, request)
        if held and held.draining:
            self.go_on(machine)

    def _drop(self, machine: Machine, request: Request) -> None:
        self.give_up(request)
        self.in_hand[machine.number] -= 1


class OneQueue(Push):
    """One queue for everything, first in, first out; each host takes from it what its threads can."""

    def __init__(self, scenario: Scenario, deadline_s: float) -> None:
        super().__init__(scenario, deadline_s)
        self.queue: deque[Request] = deque()

    def arrived(self, request: Request) -> None:
        """Queue it, and let the host with the most free threads take it."""
        self.queue.append(request)
        machine = min(self.machines, key=lambda each: (self.in_hand[each.number], each.number))
        if self.in_hand[machine.number] < THREADS:
            self.look(machine)

    def fetch(self, machine: Machine) -> None:
        """Take from the queue what the threads can."""
        while self.queue and self.now_s - self.queue[0].at_s >= self.deadline_s:
            self.give_up(self.queue.popleft())
        while self.queue and self.in_hand[machine.number] < THREADS:
            self.sent[machine.number].append(self.queue.popleft())
            self.in_hand[machine.number] += 1


Choice = Callable[[Push, list[Machine], Request], Machine]


class Routed(Push):
    """A router that sends each request to a host at once, by some choice among those with enough memory."""

    def __init__(self, scenario: Scenario, deadline_s: float, choose: Choice) -> None:
        super().__init__(scenario, deadline_s)
        self.choose, self.routed = choose, 0

    def arrived(self, request: Request) -> None:
        """Send it to a host."""
        size_gib = self.models[request.model].size_gib
        machine = self.choose(self, [each for each in self.machines if each.spec.memory_gib >= size_gib], request)
        self.routed += 1
        self.in_hand[machine.number] += 1
        self.sent[machine.number].append(request)
        self.look(machine)


def in_turn(world: Push, fitting: list[Machine], request: Request) -> Machine:
    """Return each host in its turn."""
    assert isinstance(world, Routed)
    return fitting[world.routed % len(fitting)]


def least_loaded(world: Push, fitting: list[Machine], request: Request) -> Machine:
    """Return the host with the least in hand."""
    return min(fitting, key=lambda each: (world.in_hand[each.number], each.number))


def affinity(world: Push, fitting: list[Machine], request: Request) -> Machine:
    """Return the least loaded of the hosts that have the model, else the one with the most free memory."""
    having = [each for each in fitting if _has(each, request.model)]
    if having:
        return least_loaded(world, having, request)
    return max(fitting, key=lambda each: (each.free_gib, -each.number))


def _has(machine: Machine, model: int) -> bool:
    held, change = machine.held.get(model), machine.change
    return (held is not None and not held.draining) or (change is not None and change.model == model)
