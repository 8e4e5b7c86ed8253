"""A simulated host: what it holds, the rounds in which its answers grow, and the one load that it may have under way.

Every answer in hand grows by one token a round. A round reads each model that is at work once, and a little more for
each further answer; models share the host by turns. A load takes its time beside that. A model that is to go serves
what it has in hand first.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.simulator.scenarios import BATCH_COST, SimHost, SimModel

ALMOST = 1e-9


@dataclass(slots=True, eq=False)
class Request:
    """One request and what became of it."""

    at_s: float
    model: int
    tokens: float
    began_s: float = -1.0
    ended_s: float = -1.0
    given_up_s: float = -1.0
    """When it was given up in the queue; -1 where it was not."""


@dataclass(slots=True)
class Held:
    """A model in memory."""

    ready_s: float = -1.0
    """Since when; -1 while it loads."""
    used_s: float = 0.0
    busy: int = 0
    draining: bool = False

    @property
    def serves(self) -> bool:
        """Whether it may begin an answer."""
        return self.ready_s >= 0 and not self.draining


@dataclass(slots=True)
class Change:
    """A load that waits for its victims to drain, then runs."""

    model: int
    draining: list[int]
    forced: bool
    """Some of the victims were in use."""
    running: bool = False


@dataclass(slots=True, eq=False)
class Machine:
    """One host."""

    number: int
    spec: SimHost
    models: Sequence[SimModel]
    free_gib: float = 0.0
    held: dict[int, Held] = field(default_factory=dict)
    change: Change | None = None
    reserved: int = -1
    load_times_s: list[float] = field(default_factory=list)
    """When each load began."""
    loaded_gib: float = 0.0
    load_s: float = 0.0
    forced_s: float = 0.0
    in_hand: list[tuple[float, int, Request]] = field(default_factory=list)
    """Answers by the round in which they end."""
    turn: int = 0
    """Which of the announced ends still counts."""
    _round: float = 0.0
    _round_s: float = 0.0
    _at_s: float = 0.0
    _begun: int = 0

    def __post_init__(self) -> None:
        """All memory is free at first."""
        self.free_gib = self.spec.memory_gib

    def begin(self, request: Request, now_s: float) -> None:
        """Begin an answer."""
        self._advance(now_s)
        held = self.held[request.model]
        held.busy, held.used_s, request.began_s = held.busy + 1, now_s, now_s
        self._begun += 1
        heapq.heappush(self.in_hand, (self._round + request.tokens, self._begun, request))
        self._reckon()

    def end(self, now_s: float) -> list[Request]:
        """Return the answers that are complete by now."""
        self._advance(now_s)
        done = []
        while self.in_hand and self.in_hand[0][0] <= self._round + ALMOST:
            request = heapq.heappop(self.in_hand)[2]
            held = self.held[request.model]
            held.busy, held.used_s, request.ended_s = held.busy - 1, now_s, now_s
            done.append(request)
        self._reckon()
        return done

    def next_end_s(self) -> float | None:
        """Return in how many seconds the next answer is complete; None where nothing is in hand."""
        return max(0.0, self.in_hand[0][0] - self._round) * self._round_s if self.in_hand else None

    def has_slot(self, model: int) -> bool:
        """Return whether an answer of this model could begin here now."""
        held = self.held.get(model)
        return held is not None and held.serves and held.busy < self.models[model].slots

    def start_change(self, model: int, victims: Sequence[int], *, forced: bool) -> None:
        """Begin to let victims go for a model."""
        for victim in victims:
            self.held[victim].draining = True
        self.change = Change(model, list(victims), forced)

    def go_on(self, now_s: float, waits_here: Sequence[int] = ()) -> float | None:
        """Let go what has drained; return how long the load takes that begins now, None where none does."""
        change = self.change
        if change is None or change.running:
            return None
        for victim in [each for each in change.draining if not self.held[each].busy and each not in waits_here]:
            self.free_gib += self.models[victim].size_gib
            del self.held[victim]
            change.draining.remove(victim)
        if change.draining:
            return None
        change.running = True
        size_gib, takes_s = self.models[change.model].size_gib, self.spec.load_s(self.models[change.model])
        self.held[change.model] = Held(used_s=now_s)
        self.free_gib -= size_gib
        self.load_times_s.append(now_s)
        self.loaded_gib, self.load_s = self.loaded_gib + size_gib, self.load_s + takes_s
        if change.forced:
            self.forced_s += takes_s
        return takes_s

    def finish_change(self, now_s: float) -> int:
        """Return the model that is in memory now."""
        assert self.change is not None
        model, self.change = self.change.model, None
        self.held[model].ready_s = self.held[model].used_s = now_s
        return model

    def _advance(self, now_s: float) -> None:
        if self.in_hand:
            self._round += (now_s - self._at_s) / self._round_s
        self._at_s = now_s

    def _reckon(self) -> None:
        self.turn += 1
        self._round_s = sum(
            self.models[model].size_gib / self.spec.read_gib_s * (1 + BATCH_COST * (held.busy - 1))
            for model, held in self.held.items()
            if held.busy
        )
