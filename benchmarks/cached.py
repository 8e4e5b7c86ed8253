"""A question that was answered before: how soon it is answered again, beside the first time.

One real agent; the made-up engine takes a fifth of a second for an answer. The persona lets an answer be given again.
Each question is another person's, in a conversation of its own, so that its prompt is the same to the letter.
"""

from __future__ import annotations

import uuid

from benchmarks.agents import Fleet, Place, fleet
from benchmarks.batch import p95_s
from benchmarks.figures import MS, Chart, Figure, Findings, Goal, Tell
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import JobRequest

ASKED, QUICK_ASKED = 60, 4
MODEL = "echo"
WORDS = "!slow 0.04 a b c d e"
CACHE_S = 600.0
WITHIN = Goal.most(1_000.0, moonshot=50.0)


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return how soon questions are answered that were asked before, and that were not."""
    count = QUICK_ASKED if quick else ASKED
    with fleet([Place("home", [MODEL])]) as made:
        made.start("home")
        tell(0.2, "asked for the first time")
        new = [asked(made, f"{WORDS} {number}") for number in range(count)]
        tell(0.6, "asked again")
        again = [asked(made, f"{WORDS} {number}") for number in range(count)]
    new_ms, again_ms = p95_s(new) * MS, p95_s(again) * MS
    return Findings(
        figures=(
            Figure(name="given again, p95", value=again_ms, unit="ms", goal=WITHIN),
            Figure(name="by the engine, p95", value=new_ms, unit="ms"),
            Figure(name="given again without the engine", value=sum("cached" in view.flags for view in again), unit=""),
        ),
        charts=(Chart(title="Time to an answer, p95", unit="ms", bars=(("new", new_ms), ("again", again_ms))),),
    )


def asked(made: Fleet, text: str) -> JobView:
    """Ask a question whose answer may be given again, and return its job, answered."""
    name = uuid.uuid4().hex
    request = JobRequest(job=name, model=MODEL, session=name, user=name, text=text, cache_s=CACHE_S)
    return made.gateway.ask(request)
