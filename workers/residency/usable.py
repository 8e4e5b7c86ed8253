"""Who of those that wait for a model could still be answered in time, and how much that weighs. Pure.

Work with a long life, such as a batch, rides what is resident and forces no swap early: each of its jobs weighs as
much less than a chat as it may wait longer, and its patience stretches every bound, up to ten times.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.jobs.demand import Demand
from workers.residency.rules import Rules

PATIENCE_MOST = 10.0
URGENT = 1.5  # lives up to so many deadlines are those of people who wait


@dataclass(frozen=True, slots=True)
class Waiting:
    """Those who can still start, in the measure of chats: see the module."""

    count: float
    """Heads, whatever they weigh."""
    weight: float
    """Heads, where a job that may wait twice as long counts half."""
    oldest_s: float
    """The longest wait, a patient one counted shorter."""
    waited_s: float
    """Seconds of all together, by weight."""
    patience: float
    """1 where a person waits; up to ten where only long-lived work does."""

    @property
    def urgent(self) -> bool:
        """Whether anybody is among them who waits as one does for a chat."""
        return self.count > 0 and self.patience <= URGENT


NOBODY = Waiting(0.0, 0.0, 0.0, 0.0, 1.0)


def usable(demand: Demand | None, load_s: float, rules: Rules) -> Waiting:
    """Return who could still make their deadline if they started in `load_s` seconds.

    A start is in time with the model's usual time for an answer still left, and that is taken to be at most half of a
    job's life: an average that is too slow must never stop a model for good.
    """
    if demand is None:
        return NOBODY
    service_s, deadline_s = demand.service_s or 0.0, rules.deadline_s
    count, weight, oldest_s, waited_s, shortest_s = 0.0, 0.0, 0.0, 0.0, deadline_s * PATIENCE_MOST
    stands_for = demand.stands_for or (1.0,) * len(demand.ages_s)
    for age_s, left_s, jobs in zip(demand.ages_s, demand.lefts_s, stands_for, strict=True):
        life_s = age_s + left_s
        if rules.only_usable and left_s <= load_s + min(service_s, life_s / 2):
            continue
        share = deadline_s / life_s if life_s > deadline_s else 1.0
        count += jobs
        weight += jobs * share
        waited_s += jobs * age_s * share
        shortest_s = min(shortest_s, life_s)
        oldest_s = max(oldest_s, age_s * max(share, 1 / PATIENCE_MOST))
    return Waiting(count, weight, oldest_s, waited_s, max(1.0, shortest_s / deadline_s))
