"""The strategies: which of several personas it is that answers, where none of them was called. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

from tasks.contracts.personas import Persona
from tasks.contracts.talking import Strategy


class State(Protocol):
    """What is known of a persona besides what the file says."""

    @property
    def disabled(self) -> bool:
        """Whether somebody has switched it off."""

    @property
    def last_spoke_ms(self) -> int:
        """When it last answered; 0: never."""


States = Mapping[str, State]


@dataclass(frozen=True)
class Draw:
    """What is chosen from, and by what. The pool is in the order of the file and never empty."""

    pool: Sequence[Persona]
    rng: random.Random
    turn: int = 0
    """How many turns were taken so far."""
    states: States = field(default_factory=dict)
    residents: frozenset[str] = frozenset()
    """Models that some host holds in memory."""
    scores: Mapping[str, int] = field(default_factory=dict)
    """How much each persona likes what is talked about; who is not in it does not care."""
    last: str = ""
    """The persona that spoke here last, by name."""
    place: frozenset[str] = frozenset()
    """The names and ids of the place: the bot, the channel and its parent."""


def select(strategy: Strategy, draw: Draw) -> Persona | None:
    """Return who answers; None where nobody of the pool fits the strategy."""
    return _STRATEGIES[strategy](draw)


def usual(draw: Draw) -> Persona:
    """Return who is talked to here: who spoke last, else the first that is meant for this place, else the first."""
    for persona in draw.pool:
        if persona.name == draw.last:
            return persona
    return next((persona for persona in draw.pool if not draw.place.isdisjoint(persona.channels)), draw.pool[0])


def at_random(draw: Draw) -> Persona:
    """Return any, each as likely as the others."""
    return draw.rng.choice(draw.pool)


def by_weight(draw: Draw) -> Persona | None:
    """Return any, each as likely as its weight says; None where all of them weigh nothing."""
    weights = [persona.weight for persona in draw.pool]
    return draw.rng.choices(draw.pool, weights)[0] if sum(weights) > 0 else None


def by_topic(draw: Draw) -> Persona | None:
    """Return who likes the topic most; of equals one whose model is in memory, then who was silent for longest."""
    best = max((draw.scores.get(persona.name, 0) for persona in draw.pool), default=0)
    if best <= 0:
        return None
    equals = [persona for persona in draw.pool if draw.scores.get(persona.name, 0) == best]
    return min(equals, key=lambda persona: (persona.model not in draw.residents, _last_spoke(persona, draw.states)))


def in_turn(draw: Draw) -> Persona:
    """Return whose turn it is: everybody once before anybody twice, and nobody twice in a row.

    All are equally next, so those of one model come one after another, while it is in memory. Laps go to and fro over
    the models: the model of the last turn in one lap is that of the first in the next.
    """
    lap, at = divmod(draw.turn, len(draw.pool))
    forth, back = _by_model(draw.pool), _by_model(draw.pool, backwards=True)
    if len(draw.pool) > 1:
        back = _not_first(back, forth[-1])
        forth = _not_first(forth, back[-1])
    return (back if lap % 2 else forth)[at]


def _by_model(pool: Sequence[Persona], *, backwards: bool = False) -> list[Persona]:
    first = {persona.model: at for at, persona in reversed(list(enumerate(pool)))}
    ordered = sorted(pool, key=lambda persona: first[persona.model])
    if not backwards:
        return ordered
    models = [list(group) for _model, group in groupby(ordered, key=lambda persona: persona.model)]
    return [persona for group in reversed(models) for persona in group]


def _not_first(order: list[Persona], persona: Persona) -> list[Persona]:
    """Return an order that one persona does not begin."""
    return [order[1], order[0], *order[2:]] if order[0] is persona else order


def _last_spoke(persona: Persona, states: States) -> int:
    state = states.get(persona.name)
    return state.last_spoke_ms if state is not None else 0


_STRATEGIES: dict[Strategy, Callable[[Draw], Persona | None]] = {
    "mention": usual,
    "topic": by_topic,
    "weighted": by_weight,
    "random": at_random,
    "round-robin": in_turn,
}
