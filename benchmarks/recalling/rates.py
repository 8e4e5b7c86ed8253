"""What recall finds of long conversations, and how soon. No model is asked to write or to choose anything.

Made-up conversations of two people, twenty sessions each, with facts planted among small talk and questions in other
words than the answers; through the product's own indexing and search, with all-MiniLM-L6-v2 on this machine. *Turn* is
that a turn with the answer is among the first so many, *session* that one of its session is. `python -m
benchmarks.recalling.asking --data FILE` reads published conversations in LoCoMo's shape. *Among 100,000 memories* all
are of one channel, so that nothing is left out before the search: one conversation, and lines of the others with
vectors between those of two lines. The night builds a graph of them, and until the first one every vector is compared.
What recall takes after it is, the largest first: who may see what, asked of every memory that the graph leads past; how
rare words are among a tenant's memories, counted for each question; reading what was found; the embedding.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.environments import python_of
from benchmarks.figures import Chart, Figure, Findings, Goal, Spread, Tell, spread_figures
from benchmarks.stage import ROOT
from tasks.contracts.errors import ProcessFailed

ENVIRONMENT = "memory"
CONVERSATIONS, SESSIONS, RECORDS = 10, 20, 100_000
QUICK_CONVERSATIONS, QUICK_SESSIONS, QUICK_RECORDS = 1, 2, 200
LIMIT_S = 1_500.0
#: Of the published conversations; those made up are harder, as no word of an answer is in its question.
TURN, SESSION = Goal.least(85.0), Goal.least(98.0)
RECALL, WRITE = Goal.most(25.0), Goal.most(20.0)
LAST_WORDS_CHARS = 500


def measure(tell: Tell, *, quick: bool = False) -> Findings:
    """Return the shares of questions that were answered, and times."""
    conversations, sessions, records = (
        (QUICK_CONVERSATIONS, QUICK_SESSIONS, QUICK_RECORDS) if quick else (CONVERSATIONS, SESSIONS, RECORDS)
    )
    tell(0.05, "conversations")
    wanted = {"conversations": conversations, "sessions": sessions, "records": records}
    words = [word for name, value in wanted.items() for word in (f"--{name}", str(value))]
    command = [python_of(ENVIRONMENT), "-m", "benchmarks.recalling.asking", *words]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}  # of what builds the graph, too
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode:
        raise ProcessFailed(f"asking failed: {done.stderr.strip()[-LAST_WORDS_CHARS:]}")
    tell(0.95, "figures")
    return findings(json.loads(done.stdout))


def findings(found: Mapping[str, Any]) -> Findings:
    """Return the figures of what was found."""
    rates: Mapping[str, Mapping[str, float]] = found["rates"]
    figures = [
        Figure(name="turns remembered", value=found["turns"]),
        Figure(name="questions", value=found["questions"]),
        *_rates("all questions", rates["all"], {"turn@10": TURN, "session@10": SESSION}),
    ]
    for name in sorted(rates.keys() - {"all"}):
        figures += _rates(f"questions about {name}", {at: rates[name][at] for at in ("turn@10", "session@10")}, {})
    figures += _times("recall", found["recall_ms"], None)
    if "crowd" in found:
        among = f"among {found['crowd']:,} memories"
        figures += _times(f"recall {among}", found["crowd_recall_ms"], RECALL)
        figures += _times(f"recall {among} before their first night", found["crowd_plain_ms"], None)
        figures += _rates(f"questions {among}", {at: found["crowd_graph"][at] for at in ("turn@10", "session@10")}, {})
        at_first = {at: found["crowd_plain"][at] for at in ("turn@10", "session@10")}
        figures += _rates(f"questions {among} before their first night", at_first, {})
        figures.append(Figure(name=f"the graph of {found['crowd']:,} memories", value=found["crowd_index_s"], unit="s"))
        figures += _times(f"writing an exchange {among}", found["crowd_write_ms"], WRITE)
    bars = tuple((f"{what} among the first {depth}", rates["all"][f"{what}@{depth}"]) for what, depth in _DEPTHS)
    return Findings(figures=tuple(figures), charts=(Chart(title="Questions answered", unit="%", bars=bars),))


_DEPTHS = tuple((what, depth) for what in ("turn", "session") for depth in (5, 10, 20))


def _rates(of: str, rates: Mapping[str, float], goals: Mapping[str, Goal]) -> list[Figure]:
    return [
        Figure(name=f"{of}: {name.replace('@', ' among the first ')}", value=rate, unit="%", goal=goals.get(name))
        for name, rate in rates.items()
    ]


def _times(what: str, times_ms: Sequence[float], goal: Goal | None) -> list[Figure]:
    spread = Spread.of(times_ms)
    figures = list(spread_figures(what, spread))
    p95 = sorted(times_ms)[int(0.95 * (len(times_ms) - 1))]
    return [*figures, Figure(name=f"{what}, p95", value=p95, unit="ms", goal=goal)]
