"""Good and bad adapters, and whether the gate decides each of them right, for the reasons that it should have.

The adapters are made up: how likely each finds what was held out, and what it answers. They are judged as those of a
run are, with the figures, the intervals and the rules of the gate; a case is right when exactly the figures object that
ought to, and the rest does not. Nothing is measured in time: what is counted is the same on every machine.
"""

from __future__ import annotations

from benchmarks.figures import Figure, Findings, Goal, Grid, Tell
from benchmarks.gate.cases import CASES, Case
from tasks.contracts.learning import Verdict

FEWEST_CASES = 20
QUICK_CASES = 4


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return how many cases are decided right, and what is said of each."""
    rows, right = [], 0
    cases = CASES[-QUICK_CASES:] if quick else CASES
    for number, case in enumerate(cases):
        tell(number / len(cases), case.title)
        verdict = case.verdict()
        right += case.is_right(verdict)
        rows.append(_row(case, verdict))
    tell(1.0, "decided")
    share = Figure(name=f"Decided right, of {len(cases)}", value=right, goal=Goal.least(len(cases)), unit="cases")
    return Findings(figures=(share,), grids=(Grid(title="What the gate says", columns=COLUMNS, rows=tuple(rows)),))


COLUMNS = ("Adapter", "Decided", "Right", "In words")


def _row(case: Case, verdict: Verdict) -> tuple[str, ...]:
    decided = "refused" if not verdict.passed else "passes, unrated" if verdict.unrated else "passes"
    words = "; ".join(objection.words for objection in verdict.objections)
    return (case.title, decided, "yes" if case.is_right(verdict) else "no", words)
