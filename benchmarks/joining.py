"""A host joins while people wait for a model that only it has, and leaves while it is at work: real agents.

*First job*: from the start of its process until it has taken the first job. *Disturbed*: answers in hand or on their
way while a host leaves that were begun twice, or not given.
"""

from __future__ import annotations

import time

from benchmarks.agents import Fleet, Place, fleet
from benchmarks.figures import Figure, Findings, Goal, Tell
from tasks.contracts.jobs import JobState, Outcome

ROUNDS, QUICK_ROUNDS = 2, 1
AT_WORK = 30
WORDS = "!slow 0.03 a b c d e f"
EVERY_S = 0.05
SHARED, OWN = "shared", "own"
FIRST = Goal.most(5.0, moonshot=1.0)
NONE = Goal.most(0.0)


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return seconds to the first job, and how many were disturbed."""
    return visits(tell, QUICK_ROUNDS if quick else ROUNDS)


def visits(tell: Tell, rounds: int) -> Findings:
    """Return the figures of so many visits of a host."""
    places = [Place("home", [SHARED]), Place("guest", [SHARED, OWN])]
    firsts, disturbed = [], 0
    with fleet(places) as made:
        made.start("home")
        for number in range(rounds):
            tell((number + 0.5) / rounds, f"visit {number + 1} of {rounds}")
            first_s, pid = join(made)
            firsts.append(first_s)
            disturbed += leave(made, pid)
    return Findings(
        figures=(
            Figure(name="first job, slowest of all", value=max(firsts), unit="s", goal=FIRST),
            Figure(name="jobs disturbed", value=disturbed, goal=NONE),
            Figure(name="visits", value=rounds),
        )
    )


def join(made: Fleet) -> tuple[float, int]:
    """Start the guest for whom somebody waits; return the seconds to its first job, and its pid."""
    job, began_ms = made.ask(OWN, "hello"), time.time() * 1000
    pid = made.begin("guest")
    (view,) = made.answered([job])
    claimed_ms = next(mark.at_ms for mark in view.marks if mark.state is JobState.CLAIMED)
    made.until(lambda: made.settled("guest"), "the guest")
    return (claimed_ms - began_ms) / 1000, pid


def leave(made: Fleet, pid: int) -> int:
    """Have the guest leave amid its work, and return how many jobs noticed."""
    jobs = []
    for number in range(AT_WORK):
        jobs.append(made.ask(SHARED, WORDS))
        time.sleep(EVERY_S)
        if number == AT_WORK // 2:
            made.leave(pid)
    views = made.answered(jobs)
    return sum(view.outcome is not Outcome.REPLY or view.attempts > 1 for view in views)
