"""How long a person waits: from the command `rookery up` to the first word and the whole answer of the demo model.

Everything is installed already; nothing runs yet, and the demo model's file is not there yet.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import uuid
from pathlib import Path

from benchmarks.figures import Chart, Figure, Findings, Goal, Tell
from benchmarks.house import house
from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.messages import JobRequest
from tasks.jobs.gateway import Gateway
from tasks.jobs.watching import Answered, TextAdded

ROUNDS = 3
TRY_EVERY_S = 0.05
GOAL = Goal.most(10.0)


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return seconds from the start of the command to the first word and to the whole answer."""
    rounds = []
    for turn in range(1 if quick else ROUNDS):
        rounds.append(once())
        tell((turn + 1) / ROUNDS, "rookery up")
    return findings(statistics.median(first for first, _ in rounds), statistics.median(whole for _, whole in rounds))


def findings(first_word_s: float, answered_s: float) -> Findings:
    """Return the figures of these waits."""
    figures = (
        Figure(name="first word", value=first_word_s, unit="s", goal=GOAL),
        Figure(name="whole answer", value=answered_s, unit="s"),
    )
    bars = (("first word", first_word_s), ("whole answer", answered_s))
    chart = Chart(title="From the command on", unit="s", bars=bars, goals={"first word": GOAL.bound})
    return Findings(figures=figures, charts=(chart,))


def once() -> tuple[float, float]:
    """Start a Rookery, ask it at once, and return the seconds to the first word and to the whole answer."""
    first_word_s = answered_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        began_s = time.monotonic()
        with house(Path(folder), "") as made:
            request = JobRequest(job=uuid.uuid4().hex, model="demo", session="bench", user="bench", text="hello")
            _submit(made.gateway, request)
            for event in made.gateway.watch(request.job):
                if isinstance(event, TextAdded) and not first_word_s:
                    first_word_s = time.monotonic() - began_s
                if isinstance(event, Answered):
                    answered_s = time.monotonic() - began_s
    return first_word_s or answered_s, answered_s


def _submit(gateway: Gateway, request: JobRequest) -> None:
    """Submit as soon as there is a Redis."""
    while True:
        try:
            gateway.submit(request)
        except StoreUnavailable:
            time.sleep(TRY_EVERY_S)
        else:
            return
