"""What became of a simulated flock, in numbers."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from benchmarks.simulator.machine import Request
from benchmarks.simulator.scenarios import Scenario, SimModel
from benchmarks.simulator.world import World

KNOWN_REQUESTS = 20  # a model with fewer says nothing of fairness
WARM_UP = 0.1


@dataclass(frozen=True)
class Outcome:
    """One run. Shares are between 0 and 1, times in seconds of those that were answered."""

    requests: float
    missed: float
    """Share that was never begun, or ended after the deadline."""
    worst: float
    """The same of the model that was served worst."""
    worst_unserved: float
    """Share of the requests of one model that were never begun, at worst."""
    p50_s: float
    p99_s: float
    longest_wait_s: float
    """Until the start, or until it was given up."""
    gap_s: float
    """The longest time for which somebody waited for a model and none of its requests began."""
    makespan: float
    """Until the last end, as a multiple of the least that the work served needs on this fleet."""
    loads: float
    warm_loads: float
    """Loads after the first tenth of the time."""
    loaded_gib: float
    forced: float
    """Share of device time that went into loads over models in use."""
    longest_answer_s: float
    """From its start to its end."""
    goodput: float
    """Answers in time, per second."""
    unanswered: float
    """Requests that were still there when the simulation was broken off."""

    @property
    def warm_loads_per_3000(self) -> float:
        """Loads for each 3000 requests, once everything had time to find its place."""
        return 3000 * self.warm_loads / ((1 - WARM_UP) * self.requests)

    @property
    def loads_per_1000(self) -> float:
        """Loads for each thousand answers that came in time."""
        return 1000 * self.loads / max(1.0, self.requests * (1 - self.missed))


def mean(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the mean of several runs."""
    return Outcome(*(statistics.fmean(getattr(each, field.name) for each in outcomes) for field in fields(Outcome)))


def outcome(world: World) -> Outcome:
    """Return what became of all requests of a world that has run."""
    requests, deadline_s = world.requests, world.deadline_s
    waits_s = [_left_s(request, world.now_s) - request.at_s for request in requests]
    times_s = [(_ended_s(request, world.now_s)) - request.at_s for request in requests if request.began_s >= 0] or [0.0]
    models = by_model(requests)
    load_times_s = [at_s for machine in world.machines for at_s in machine.load_times_s]
    known = [each for each in models.values() if len(each) >= KNOWN_REQUESTS] or [requests]
    load_time = len(world.machines) * world.now_s
    return Outcome(
        requests=len(requests),
        missed=_missed(requests, deadline_s),
        worst=max(_missed(each, deadline_s) for each in known),
        worst_unserved=max(sum(request.given_up_s >= 0 for request in each) / len(each) for each in known),
        p50_s=float(np.percentile(times_s, 50)),
        p99_s=float(np.percentile(times_s, 99)),
        longest_wait_s=max(waits_s),
        gap_s=max(gap_s(each, world.now_s) for each in models.values()),
        makespan=world.now_s / least_makespan_s(world.scenario, [each for each in requests if each.given_up_s < 0]),
        loads=len(load_times_s),
        warm_loads=sum(at_s > WARM_UP * requests[-1].at_s for at_s in load_times_s),
        loaded_gib=sum(machine.loaded_gib for machine in world.machines),
        forced=sum(machine.forced_s for machine in world.machines) / load_time,
        longest_answer_s=max((each.ended_s - each.began_s for each in requests if each.ended_s >= 0), default=0.0),
        goodput=(1 - _missed(requests, deadline_s)) * len(requests) / world.now_s,
        unanswered=sum(request.ended_s < 0 and request.given_up_s < 0 for request in requests),
    )


def by_model(requests: Iterable[Request]) -> dict[int, list[Request]]:
    """Return the requests of each model, in the order in which they came."""
    found: dict[int, list[Request]] = defaultdict(list)
    for request in requests:
        found[request.model].append(request)
    return found


def gap_s(requests: Iterable[Request], end_s: float) -> float:
    """Return the longest time for which some of these waited and none began; one that is given up ends no gap."""
    steps = [(request.at_s, 0, False) for request in requests]
    steps += [(_left_s(request, end_s), 1, request.given_up_s < 0) for request in requests]
    waiting, since_s, longest_s = 0, 0.0, 0.0
    for at_s, leaves, begins in sorted(steps):
        if not leaves:
            since_s = at_s if waiting == 0 else since_s
            waiting += 1
            continue
        longest_s = max(longest_s, at_s - since_s)
        waiting -= 1
        since_s = at_s if begins else since_s
    return longest_s


def least_makespan_s(scenario: Scenario, requests: Sequence[Request]) -> float:
    """Return a time before which no fleet like this can have done this work, with every model in memory."""
    together = sum(host.read_gib_s for host in scenario.hosts)
    fastest = max(host.read_gib_s for host in scenario.hosts)
    work, least_s = 0.0, 0.0
    for request in sorted(requests, key=lambda each: each.at_s, reverse=True):
        model: SimModel = scenario.models[request.model]
        work += model.work(request.tokens)
        alone_s = request.tokens * model.size_gib / fastest
        least_s = max(least_s, request.at_s + work / together, request.at_s + alone_s)
    return least_s or 1.0


def _missed(requests: Sequence[Request], deadline_s: float) -> float:
    return sum(not 0 <= each.ended_s <= each.at_s + deadline_s for each in requests) / len(requests)


def _left_s(request: Request, end_s: float) -> float:
    """Return when a request left its queue."""
    if request.began_s >= 0:
        return request.began_s
    return request.given_up_s if request.given_up_s >= 0 else end_s


def _ended_s(request: Request, end_s: float) -> float:
    return request.ended_s if request.ended_s >= 0 else end_s
