"""Hosts that pull: a queue for each model, and hosts that serve what they hold, as a strategy of the product decides.

What a host is shown and how it claims a load is as in the product; but what it is shown is never out of date.
"""

from __future__ import annotations

import heapq
import random
from collections import deque

from benchmarks.simulator.machine import Held, Machine, Request
from benchmarks.simulator.scenarios import Scenario
from benchmarks.simulator.world import World
from tasks.jobs.demand import Demand, Holder
from workers.residency.placement import FORCED_BID
from workers.residency.rules import Rules
from workers.residency.shedding import Shed
from workers.residency.strategies import Strategy
from workers.residency.view import Candidate, HostView, Load, Reserve, Resident, ResidentState

LOOK = 64  # so many of those that wait for a model are shown
TICK_S, WAKE_S = 0.5, 0.02  # between two decisions; from an arrival to the next one
SEED = 1


class Pull(World):
    """A flock whose hosts pull."""

    def __init__(self, scenario: Scenario, rules: Rules, strategy: Strategy, shed: Shed) -> None:
        super().__init__(scenario, rules.deadline_s)
        self.rules, self.strategy, self.shed = rules, strategy, shed
        self.slugs = [f"m{number}" for number in range(len(self.models))]
        self.numbers = {slug: number for number, slug in enumerate(self.slugs)}
        self.queues: list[deque[Request]] = [deque() for _ in self.models]
        self.waited_for: set[int] = set()
        self.holders: list[set[int]] = [set() for _ in self.models]
        self.turn_s: list[float | None] = [None] * len(self.models)
        self._ticks = False
        self._random = random.Random(SEED)
        self._demands: dict[int, Demand] = {}
        self._claims = 0

    # What happens.

    def arrived(self, request: Request) -> None:
        """Queue it; a host with a free slot takes it at once."""
        model = request.model
        if self.turn_s[model] is None:
            self.turn_s[model] = self.now_s
        self.queues[model].append(request)
        self.waited_for.add(model)
        ready = [self.machines[number] for number in sorted(self.holders[model])]
        ready = [machine for machine in ready if machine.has_slot(model)]
        if ready:
            self._serve(self._random.choice(ready))
        if self.queues[model] and not self._ticks:
            self._ticks = True
            self.at(self.now_s + WAKE_S, self._tick)

    def freed(self, machine: Machine, done: list[Request]) -> None:
        """Take the next ones."""
        self._serve(machine)

    def loaded(self, machine: Machine, model: int) -> None:
        """Serve those who waited for it."""
        self._serve(machine)

    def _serve(self, machine: Machine) -> None:
        """Begin answers as long as there are slots, whoever waits longest first."""
        while True:
            heads = [
                (self.queues[model][0].at_s, model)
                for model in machine.held
                if machine.has_slot(model) and self._shed(model)
            ]
            if not heads:
                return
            model = min(heads)[1]
            request = self.queues[model].popleft()
            if self.queues[model]:
                self.turn_s[model] = self.now_s
            else:
                self.waited_for.discard(model)
                self.turn_s[model] = None
            self.begin(machine, request)

    def _shed(self, model: int) -> bool:
        """Send those away who are beyond help; return whether anybody still waits."""
        queue = self.queues[model]
        if not queue:
            return False
        usual_s = self.usual_s[model] or 0.0
        while queue:
            waited_s = self.now_s - queue[0].at_s
            if not self.shed(waited_s, self.deadline_s - waited_s, usual_s, len(queue) - 1):
                break
            self.give_up(queue.popleft())
        if not queue:
            self.waited_for.discard(model)
        return bool(queue)

    # What is decided.

    def _tick(self) -> None:
        for model in sorted(self.waited_for):
            self._shed(model)
        self._decide()
        self._ticks = bool(self.waited_for)
        if self._ticks:
            self.at(self.now_s + TICK_S, self._tick)

    def _decide(self) -> None:
        """Let every host decide; the lowest bid claims first, and who looked before a claim looks again."""
        self._lapse()
        self._demands = {}
        said: list[tuple[float, int, int, Load | Reserve]] = []
        for machine in self.machines:
            self._ask(machine, said)
        while said:
            _, number, claims, decision = heapq.heappop(said)
            machine = self.machines[number]
            if claims != self._claims:
                self._ask(machine, said)
            else:
                self._claims += 1
                self._claim(machine, decision)

    def _ask(self, machine: Machine, said: list[tuple[float, int, int, Load | Reserve]]) -> None:
        candidates = [model for model in self.waited_for if model not in machine.held] if not machine.change else []
        decision = self.strategy(self.view(machine, candidates), self.rules) if candidates else None
        if decision is not None:
            bid = decision.bid if isinstance(decision, Load) else 2 * FORCED_BID + decision.eligible_in_s
            heapq.heappush(said, (bid, machine.number, self._claims, decision))

    def _claim(self, machine: Machine, decision: Load | Reserve) -> None:
        model = self.numbers[decision.slug]
        self._demands.pop(model, None)
        if isinstance(decision, Reserve):
            machine.reserved = model
            return
        victims = [self.numbers[slug] for slug in decision.evict]
        for other in self.machines:
            if other.reserved == model:
                other.reserved = -1
        self.holders[model].add(machine.number)
        for victim in victims:
            self.holders[victim].discard(machine.number)
            self._demands.pop(victim, None)
        forced = any(machine.held[victim].busy or self.queues[victim] for victim in victims)
        self.change(machine, model, victims, forced=forced)

    def _lapse(self) -> None:
        for machine in self.machines:
            if machine.reserved >= 0 and (not self.queues[machine.reserved] or self.holders[machine.reserved]):
                machine.reserved = -1

    # What a host sees.

    def view(self, machine: Machine, candidates: list[int]) -> HostView:
        """Return what a host looks at when it decides."""
        return HostView(
            host=f"h{machine.number}",
            memory_gib=machine.spec.memory_gib,
            free_gib=machine.free_gib,
            residents=tuple(self._resident(machine, model, held) for model, held in machine.held.items()),
            candidates=tuple(
                Candidate(self._demand(model), self.models[model].size_gib, machine.spec.load_s(self.models[model]))
                for model in candidates
            ),
            loading=machine.change is not None,
            reserved=self.slugs[machine.reserved] if machine.reserved >= 0 else "",
            reads_gib_s=machine.spec.read_gib_s,
        )

    def _resident(self, machine: Machine, model: int, held: Held) -> Resident:
        state = ResidentState.DRAINING if held.draining else ResidentState.READY
        return Resident(
            slug=self.slugs[model],
            size_gib=self.models[model].size_gib,
            load_s=machine.spec.load_s(self.models[model]),
            state=state if held.ready_s >= 0 else ResidentState.LOADING,
            busy=held.busy,
            ready_for_s=self.now_s - held.ready_s,
            unused_for_s=0.0 if held.busy else self.now_s - held.used_s,
            copies=len(self.holders[model]),
            demand=self._demand(model) if self.queues[model] else None,
        )

    def _demand(self, model: int) -> Demand:
        known = self._demands.get(model)
        if known is None:
            known = self._demands[model] = self._look(model)
        return known

    def _look(self, model: int) -> Demand:
        ages_s = tuple(self.now_s - request.at_s for request in _spread(self.queues[model], LOOK))
        turn_s = self.turn_s[model]
        keeper = next((f"h{machine.number}" for machine in self.machines if machine.reserved == model), "")
        return Demand(
            slug=self.slugs[model],
            count=len(self.queues[model]),
            ages_s=ages_s,
            lefts_s=tuple(self.deadline_s - age_s for age_s in ages_s),
            stands_for=(len(self.queues[model]) / len(ages_s),) * len(ages_s) if len(ages_s) == LOOK else (),
            turn_s=0.0 if turn_s is None else self.now_s - turn_s,
            service_s=self.usual_s[model],
            holders=tuple(self._holder(self.machines[number], model) for number in self.holders[model]),
            reserved_by=keeper,
        )

    def _holder(self, machine: Machine, model: int) -> Holder:
        held = machine.held.get(model)
        return Holder(f"h{machine.number}", self.models[model].slots, ready=held is not None and held.ready_s >= 0)


def _spread(queue: deque[Request], most: int) -> list[Request]:
    """Return at most so many of a queue, the first among them, evenly spread over it."""
    if len(queue) <= most:
        return list(queue)
    every = list(queue)
    return [every[number * len(every) // most] for number in range(most)]
