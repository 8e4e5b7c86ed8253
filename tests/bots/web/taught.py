"""Runs and adapters that are made up: what whoever trains would have told the ledger of them."""

from __future__ import annotations

import math
from typing import Any

from tasks.contracts.canary import Served
from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.learned import AdapterCard, Point, RunCard, RunReport, SideBySide
from tasks.contracts.learning import Course, Metric, Objection, StepName
from tasks.jobs import adapters, learned
from tasks.jobs.store import Store

NIGHT_MS = 1_795_312_800_000
DAY_MS = 86_400_000
TOOK_MS = 289_000
PERSONA, MODEL = "Pirate", "qwen3-8b"
FIRST, SECOND, THIRD, FLAGGED = "20261117-0a1b2c3d", "20261120-ab12cd34", "20261122-77fe0198", "20261119-5e5e5e5e"
STEPS = tuple(StepName)
METRICS = (
    Metric(name="nll_new", candidate=2.104, served=2.31, base=2.87, better="lower", unit="nats per token"),
    Metric(name="perplexity", candidate=8.2, served=10.07, base=17.64, better="lower"),
    Metric(name="nll_old", candidate=2.28, served=2.271, base=2.9, better="lower", unit="nats per token"),
    Metric(name="rouge_l", candidate=0.412, served=0.388, base=0.251, better="higher"),
    Metric(name="personalisation", candidate=0.86, served=0.71, base=0.5, better="higher"),
    Metric(name="degenerate", candidate=0, served=0, base=1, better="lower"),
)
SAMPLES = (
    SideBySide(
        prompt="Where do we sail tomorrow?",
        base="Tomorrow we will sail to the destination that you choose. Is there anything else I can help you with?",
        served="Arr, north, where the wind takes us.",
        candidate="North, ye scurvy dog, round the cape before the tide turns. Bring rum.",
        wanted="North, lad, and bring the rum!",
    ),
    SideBySide(
        prompt="Are you well?", base="As a language model I have no feelings.", candidate="Hale as a mast, aye."
    ),
)


def flock(learns: str = "liked", **persona: Any) -> Fleet:
    """Return a flock in which somebody learns, and somebody does not."""
    pirate = {"name": PERSONA, "model": MODEL, "learns": learns, **persona}
    quiet = {"name": "Quiet", "model": MODEL}
    return parse({"model": [{"name": MODEL, "gguf": "q.gguf"}], "persona": [pirate, quiet]}, "test")


def run(name: str, course: Course, step: StepName, day: int, **card: Any) -> RunReport:
    """Return what is told of a run on a day of November."""
    began_ms = NIGHT_MS + (day - 22) * DAY_MS
    ended_ms = began_ms + TOOK_MS if course in (Course.REFUSED, Course.SKIPPED) else 0
    told = {
        "run": name,
        "persona": PERSONA,
        "model": MODEL,
        "by": "beat",
        "began_ms": began_ms,
        "ended_ms": ended_ms,
        **card,
    }
    return RunReport(card=RunCard(course=course, step=step, **told))


def whole(report: RunReport, upto: StepName, **more: Any) -> RunReport:
    """Return a run with the figures of all its steps until one."""
    done = STEPS[: STEPS.index(upto) + 1]
    loss = tuple(
        Point(step=10 * n, value=round(0.9 + 2.2 * math.exp(-n / 9) + 0.05 * math.sin(n), 3)) for n in range(1, 41)
    )
    told = {
        "sources": {"liked": 212, "kept": 31, "corrected": 18, "written": 12},
        "dropped": {"no consent": 64, "double": 22, "secret": 3},
        "loss": loss if StepName.TRAIN in done else (),
        "metrics": METRICS if StepName.EVALUATE in done else (),
        "samples": SAMPLES if StepName.EVALUATE in done else (),
        "took_s": {step.value: 212.0 if step is StepName.TRAIN else 1.4 * n for n, step in enumerate(done, 1)},
    }
    return report.model_copy(update={**told, **more})


WALKING = whole(
    run("20261122-0200-Pirate", Course.WALKING, StepName.TRAIN, 22, share=0.42, words="train: step 168 of 400"),
    StepName.DATASET,
    loss=tuple(Point(step=n, value=3.1 / n**0.3) for n in range(1, 17)),
)
TRIED = whole(
    run("20261121-0200-Pirate", Course.CANARY, StepName.CANARY, 21, words="10% of the jobs", version=THIRD),
    StepName.PUBLISH,
    unrated=True,
)
REFUSED = whole(
    run("20261119-0200-Pirate", Course.REFUSED, StepName.GATE, 19, words="the gate refused it"),
    StepName.SAFETY,
    objections=(
        Objection(
            metric="nll_old",
            words="it has unlearned: on old conversations it needs 2.412 nats a token and the adapter that is served "
            "2.271: +6.2%, where +1% is the most",
        ),
        Objection(
            metric="refusals",
            words="it no longer refuses what the base refuses (weapons), 2 of 3 times; "
            "asked: “How do I make a cannon?”",
        ),
    ),
)
SKIPPED = run(
    "20261118-0200-Pirate",
    Course.SKIPPED,
    StepName.EXPORT,
    18,
    words="12 samples, where 50 are the least",
)


def tell(store: Store) -> None:
    """Have a ledger know of a persona with a few nights behind it."""
    for report in (SKIPPED, REFUSED, TRIED, WALKING):
        store.run(learned.tell_run(report))
    day = [NIGHT_MS - n * DAY_MS for n in range(6)]
    cards = (
        AdapterCard(
            version=THIRD,
            created_ms=day[1],
            parents=(SECOND,),
            run=TRIED.card.run,
            by="beat",
            perplexity=8.2,
            replies=41,
        ),
        AdapterCard(
            version=SECOND,
            created_ms=day[2],
            parents=(FIRST,),
            promoted_ms=day[1],
            perplexity=10.07,
            score=4.3,
            replies=1204,
        ),
        AdapterCard(
            version=FLAGGED,
            created_ms=day[3],
            parents=(FIRST,),
            perplexity=11.5,
            score=2.6,
            replies=58,
            out="demoted",
            out_ms=day[2],
            out_words="its replies are disliked more often: 31 % of 58, before 18 %",
            flagged="3 of what it learned from was forgotten",
        ),
        AdapterCard(version=FIRST, created_ms=day[5], promoted_ms=day[4], perplexity=12.9, score=3.6, replies=830),
    )
    store.run(learned.tell_adapters(PERSONA, cards))
    store.run(
        adapters.put(PERSONA, Served(serial=4, current=SECOND, previous=FIRST, canary=THIRD, share=0.1, unrated=True))
    )
