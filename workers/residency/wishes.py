"""Which of the models that people wait for a host should think of loading, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workers.residency.rules import Rules
from workers.residency.usable import Waiting, usable
from workers.residency.view import Candidate, HostView, Mode

USUAL_ANSWER_S = 5.0  # until a model has answered


@dataclass(frozen=True, slots=True)
class Wish:
    """A candidate that is worth a load, as far as it is for this host to say."""

    candidate: Candidate
    waiting: Waiting
    mode: Mode
    starving: bool
    aged: bool
    """Somebody has waited so long that a model in use may have to go."""

    @property
    def slug(self) -> str:
        """The model."""
        return self.candidate.demand.slug


def wishes(view: HostView, rules: Rules) -> list[Wish]:
    """Return what this host may load: first the starving, longest first, then whoever waits longest."""
    found = [wish for candidate in view.candidates for wish in _wish(view, candidate, rules)]
    return sorted(found, key=_turn)


def _turn(wish: Wish) -> tuple[bool, float, str]:
    wait_s = wish.candidate.demand.turn_s if wish.starving else wish.waiting.oldest_s
    return not wish.starving, -wait_s, wish.slug


def _wish(view: HostView, candidate: Candidate, rules: Rules) -> Iterator[Wish]:
    demand = candidate.demand
    if candidate.size_gib > view.memory_gib or view.reserved not in ("", demand.slug):
        return
    if demand.holders and not _lags(candidate, demand.count, rules.copy_loads):
        return  # before the dearer look at each job
    waiting = usable(demand, candidate.load_s, rules)
    mode = copy_mode(candidate, waiting, rules) if demand.holders else Mode.ANY
    if waiting.count and mode is not None:
        starving = not demand.holders and demand.turn_s >= rules.starving_after_s * waiting.patience
        yield Wish(candidate, waiting, mode, starving, starving or waiting.oldest_s >= rules.aging_s)


def copy_mode(candidate: Candidate, waiting: Waiting, rules: Rules) -> Mode | None:
    """Return what another copy may take the place of; None while the hosts that hold the model will do."""
    if any(not holder.ready for holder in candidate.demand.holders) or waiting.oldest_s < candidate.load_s:
        return None
    if not _lags(candidate, waiting.count, rules.copy_loads):
        return None
    return Mode.ANY if _lags(candidate, waiting.count, rules.copy_over_last_loads) else Mode.COPIES


def _lags(candidate: Candidate, count: float, loads: float) -> bool:
    """Return whether those who hold the model need so many load times, or more, for `count` jobs."""
    slots = sum(holder.slots for holder in candidate.demand.holders)
    needed_s = count * (candidate.demand.service_s or USUAL_ANSWER_S) / max(1, slots)
    return needed_s >= loads * candidate.load_s
