"""What people notice of thousands of jobs of overnight work: the wait of their questions with and without those.

One real agent, one model with four slots, questions one after another at even distances. The work that nobody waits for
may have a quarter of the slots.
"""

from __future__ import annotations

import time
from statistics import quantiles

from benchmarks.agents import Fleet, Place, fleet
from benchmarks.figures import Chart, Figure, Findings, Goal, Tell
from tasks.contracts.jobs import JobView

SLOTS = 4
BATCH, QUICK_BATCH = 2_000, 40
QUESTIONS, QUICK_QUESTIONS = 60, 10
EVERY_S = 0.1
WORDS = "!slow 0.04 a b c d"
MODEL = "echo"
GOAL = Goal.most(1.2, moonshot=1.05)
BATCH_DEADLINE_S = 14_400.0


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the ratio of the p95 of the time to an answer."""
    return beside(tell, *((QUICK_BATCH, QUICK_QUESTIONS) if quick else (BATCH, QUESTIONS)))


def beside(tell: Tell, work: int, count: int) -> Findings:
    """Return the figures of so many questions beside so much work."""
    with fleet([Place("home", [MODEL])], slots=SLOTS) as made:
        made.start("home")
        made.answered([made.ask(MODEL, WORDS) for _ in range(SLOTS)])
        tell(0.1, "without")
        without_s = p95_s(questions(made, count))
        tell(0.3, "putting work on the queue")
        for _ in range(work):
            made.ask(MODEL, WORDS, batch=True, deadline_s=BATCH_DEADLINE_S)
        tell(0.7, "with")
        with_s = p95_s(questions(made, count))
        left = made.store.client.zcard(made.store.key("live"))
    return Findings(
        figures=(
            Figure(name="p95 with ÷ without", value=with_s / without_s, unit="×", goal=GOAL),
            Figure(name="p95 without", value=without_s * 1000, unit="ms"),
            Figure(name="p95 with", value=with_s * 1000, unit="ms"),
            Figure(name="jobs of batch work left at the end", value=left),
        ),
        charts=(Chart(title="Time to an answer, p95", unit="s", bars=(("alone", without_s), ("amid batch", with_s))),),
    )


def questions(made: Fleet, count: int) -> list[JobView]:
    """Ask so many questions, and return them answered."""
    jobs = []
    for _ in range(count):
        jobs.append(made.ask(MODEL, WORDS))
        time.sleep(EVERY_S)
    return made.answered(jobs)


def p95_s(views: list[JobView]) -> float:
    """Return the seconds from receipt to the answer that nineteen of twenty do not exceed."""
    return quantiles([view.timings_ms()["done"] / 1000 for view in views], n=20, method="inclusive")[-1]
