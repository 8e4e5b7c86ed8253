"""How often models change places when more of them are asked for than there is memory for: real agents, made-up loads.

Four hosts that hold one model each, six models, questions by Zipf's law, a tenth of the times of real life:
a load takes two seconds, a deadline is twelve. *Offline greedy* knows every question beforehand and serves them in
their order, replacing what is needed again last; *round-robin* gives question after question to host after host. Both
are counted, not run. All loads count, also the first of each model.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.agents import Fleet, Place, fleet
from benchmarks.figures import Chart, Figure, Findings, Goal, Tell
from tasks.contracts.jobs import JobView, Outcome

HOSTS, MODELS = 4, 6
SIZE_GIB, MEMORY_GIB, SLOTS = 10.0, 12.0, 4
LOAD_S, DEADLINE_S = 2.0, 12.0
QUESTIONS, QUICK_QUESTIONS = 240, 60
PER_S = 20.0
WORDS = "!slow 0.04 a b c d"  # about a quarter of a second
SEED = 11
SETTINGS = (
    f"[jobs]\ndeadline_s = {DEADLINE_S}\n[residency]\naging_s = {DEADLINE_S / 2}\nhalf_life_s = {DEADLINE_S / 2}\n"
)
GREEDY = Goal.most(1.2, moonshot=1.0)
ROBIN = Goal.most(25.0)


@dataclass(frozen=True)
class Ask:
    """A question of the trace."""

    at_s: float
    model: int


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return loads beside what the two others would need."""
    return replayed(tell, QUICK_QUESTIONS if quick else QUESTIONS)


def replayed(tell: Tell, count: int) -> Findings:
    """Return the figures of so many questions."""
    asked = trace(count, SEED)
    names = [f"model {number}" for number in range(MODELS)]
    places = [Place(f"host {number}", names, MEMORY_GIB, "preload = []") for number in range(HOSTS)]
    with fleet(places, size_gib=SIZE_GIB, slots=SLOTS, more=SETTINGS, load_s=LOAD_S) as made:
        tell(0.1, "four hosts")
        made.start(*(place.name for place in places))
        views = replay(made, asked, names, tell)
        return findings(asked, views, made.counts().loads)


def findings(asked: Sequence[Ask], views: Sequence[JobView], loads: int) -> Findings:
    """Return the figures of a replay that needed so many loads."""
    models = [ask.model for ask in asked]
    offline, robin = greedy(models, HOSTS), round_robin(models, HOSTS)
    missed = sum(view.outcome is not Outcome.REPLY for view in views)
    return Findings(
        figures=(
            Figure(name="loads", value=loads),
            Figure(name="÷ offline greedy", value=loads / offline, unit="×", goal=GREEDY),
            Figure(name="of round-robin's", value=100 * loads / robin, unit="%", goal=ROBIN),
            Figure(name="not answered in time", value=100 * missed / len(views), unit="%"),
        ),
        charts=(
            Chart(
                title=f"Loads for {len(asked)} questions",
                unit="",
                bars=(("ours", loads), ("offline greedy", offline), ("round-robin", robin)),
            ),
        ),
    )


def trace(count: int, seed: int) -> list[Ask]:
    """Return questions at random moments, the second model asked for half as often as the first, and so on."""
    chance, at_s = random.Random(seed), 0.0
    weights = [1 / rank for rank in range(1, MODELS + 1)]
    asked = []
    for model in chance.choices(range(MODELS), weights, k=count):
        at_s += chance.expovariate(PER_S)
        asked.append(Ask(at_s, model))
    return asked


def replay(made: Fleet, asked: Sequence[Ask], names: Sequence[str], tell: Tell) -> list[JobView]:
    """Ask each question at its moment, and return the jobs once all have ended."""
    jobs, began_s = [], time.monotonic()
    for number, ask in enumerate(asked):
        time.sleep(max(0.0, began_s + ask.at_s - time.monotonic()))
        jobs.append(made.ask(names[ask.model], WORDS, deadline_s=DEADLINE_S))
        if number % 20 == 0:
            tell(0.2 + 0.7 * number / len(asked), f"{number} of {len(asked)} questions")
    return made.answered(jobs)


def greedy(models: Sequence[int], places: int) -> int:
    """Return the loads of who knows the future and serves in order: out goes what is needed again last.

    >>> greedy([1, 2, 3, 1, 2], 2), greedy([1, 1, 1], 2)
    (4, 1)
    """
    held: set[int] = set()
    loads = 0
    for at, model in enumerate(models):
        if model in held:
            continue
        loads += 1
        if len(held) == places:
            held.remove(max(held, key=lambda each: _next_use(models, each, at)))
        held.add(model)
    return loads


def _next_use(models: Sequence[int], model: int, after: int) -> int:
    return next((at for at in range(after, len(models)) if models[at] == model), len(models))


def round_robin(models: Sequence[int], hosts: int) -> int:
    """Return the loads of hosts that each hold one model and take the questions in turn.

    >>> round_robin([1, 2, 1, 1], 2)
    3
    """
    held: dict[int, int] = {}
    loads = 0
    for at, model in enumerate(models):
        if held.get(at % hosts) != model:
            loads, held[at % hosts] = loads + 1, model
    return loads
