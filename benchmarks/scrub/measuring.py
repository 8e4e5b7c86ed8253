"""What is kept from training, of what people gave away: caught by kind, false alarms in ordinary chat, time a turn.

Texts with something in them that must not be learned, of fourteen kinds, in many languages and formats: *caught* is
what is masked as a whole, or has its text dropped where it opens something. *Kept back* are such texts that were
written after the rules and never used to mend them: nearer to what to expect of people. *False alarms* are lines of
ordinary chat (hashes, dates, prices, recipes, code, talk of passwords) in which something is found all the same. *A
turn* is eight such lines together, some 200 characters, looked through by our rules and then by detect-secrets.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from benchmarks.figures import MS, PERCENT, Chart, Figure, Findings, Goal, Spread, Tell
from benchmarks.scrub.cases import Case, chat, given_away, kept_back
from tasks.training.scrub.opinion import suspected
from tasks.training.scrub.rules import scrubbed

CAUGHT, ALARMS, TURN = Goal.least(95.0, moonshot=99.0), Goal.most(2.0, moonshot=0.5), Goal.most(1.0, moonshot=0.2)
OPENING = ("key", "password")  # kinds that have a text dropped
LINES_OF_A_TURN = 8
ROUNDS, QUICK_ROUNDS = 20, 1


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return how much is caught, how much wrongly, and how long it takes."""
    cases, later, lines = given_away(), kept_back(), chat()
    alarms = sum(bool(scrubbed(line).found or suspected(line)) for line in lines)
    tell(0.3, f"{len(cases)} texts, {len(lines)} lines of chat")
    took = times(turns(lines), QUICK_ROUNDS if quick else ROUNDS)
    tell(1.0, "timed")
    figures = (
        Figure(name=f"caught, of {len(cases)}", value=share(cases), unit="%", goal=CAUGHT),
        Figure(name=f"caught, of {len(later)} kept back", value=share(later), unit="%"),
        Figure(name=f"false alarms, of {len(lines)}", value=alarms / len(lines) * PERCENT, unit="%", goal=ALARMS),
        Figure(name="a turn, p50", value=took.p50, unit="CPU ms", goal=TURN),
        Figure(name="a turn, p99", value=took.p99, unit="CPU ms"),
    )
    kinds = Counter(case.kind for case in (*cases, *later))
    bars = tuple((kind, share([case for case in (*cases, *later) if case.kind == kind])) for kind in kinds)
    return Findings(figures=figures, charts=(Chart(title="What is caught", unit="%", bars=bars),))


def is_caught(case: Case) -> bool:
    """Return whether nothing of what somebody gave away is left."""
    result = scrubbed(case.text)
    if result.dropped or suspected(case.text):
        return True
    return case.kind not in OPENING and not case.left(result.text)


def share(cases: Sequence[Case]) -> float:
    """Return how many percent of these are caught."""
    return sum(map(is_caught, cases)) / len(cases) * PERCENT


def turns(lines: Sequence[str]) -> list[str]:
    """Return texts as long as what people write when they have something to say."""
    return [" ".join(lines[at : at + LINES_OF_A_TURN]) for at in range(0, len(lines), LINES_OF_A_TURN)]


def times(texts: Sequence[str], rounds: int) -> Spread:
    """Return how many milliseconds of CPU one text takes."""
    taken = []
    for _ in range(rounds):
        for text in texts:
            began_s = time.process_time()
            scrubbed(text)
            suspected(text)
            taken.append((time.process_time() - began_s) * MS)
    return Spread.of(taken)
