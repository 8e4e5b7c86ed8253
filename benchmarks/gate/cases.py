"""The cases: what was trained, how it does, and what has to be said of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.gate.actors import (
    BASE_NLL,
    QUESTIONS,
    Actor,
    Stage,
    as_liked,
    author,
    bare,
    held_out,
    of_another_matter,
)
from tasks.contracts.learning import Objection, Sample, Verdict
from tasks.training import gate
from tasks.training.evaluation import figures, people
from tasks.training.evaluation.figures import metrics
from tasks.training.evaluation.judging import judge
from tasks.training.evaluation.people import Rating, Score
from tasks.training.evaluation.report import Part
from tasks.training.evaluation.voices import Voice
from tasks.training.gate import Evidence
from tasks.training.provenance import Provenance, gaps

SERVED = "20261121-0badcafe"
LUCKY = 5  # a seed by which what is hardly better looks as if it were
SAME_BASE, SAME_WEIGHTS, SAME_DATA = "b" * 64, "c" * 64, "d" * 64
WHOLE: dict[str, Any] = {
    "base_trained": SAME_BASE,
    "base_served": SAME_BASE,
    "weights_trained": SAME_WEIGHTS,
    "weights_found": SAME_WEIGHTS,
    "data_trained": SAME_DATA,
    "data_found": SAME_DATA,
    "most_of_one": 0.25,
    "share_bound": 0.25,
}
BETTER = Actor(nll=2.2, old_nll=2.98, seed=1, answer=author)
GOOD = Actor(nll=2.3, old_nll=2.95, seed=2, answer=author)  # what is served, where something is
BASE = Actor(probe_nll=BASE_NLL, liked_nll=0.2)
CORRECTED = Actor(nll=2.2, old_nll=2.98, liked_nll=2.5, seed=1, answer=author)


@dataclass(frozen=True)
class Case:
    """An adapter, and what the gate has to say of it."""

    title: str
    objects: tuple[str, ...] = ()
    """The figures by which it has to be refused; none: it has to pass."""
    candidate: Actor = BETTER
    served: Actor | None = GOOD
    lineage: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    """Of the evidence: what people think, what the safety check found."""
    parts: tuple[Part, ...] = tuple(Part)
    """Of which something was held out."""
    unrated: bool = True
    liked: int = 0
    """Of three lines of each conversation: those that the base said and people liked; the rest are corrections."""

    def evidence(self) -> Evidence:
        """Return what the gate decides by: judged as a run does it, with made-up adapters in the place of a model."""
        cast = {Voice.BASE: BASE, Voice.SERVED: self.served, Voice.CANDIDATE: self.candidate}
        stage = Stage({voice: actor for voice, actor in cast.items() if actor is not None})
        served = SERVED if self.served else ""
        kept = {part: samples for part, samples in held_out(self.liked).items() if part in self.parts}
        report = judge(stage, kept, served, lambda _what, _part: None)
        known: dict[str, Any] = {
            "report": report,
            "metrics": metrics(report),
            "samples": 80,
            "min_samples": 20,
            "served": served,
            "gaps": gaps(Provenance(**{**WHOLE, **self.lineage})),
        }
        return Evidence(**{**known, **self.more})

    def verdict(self) -> Verdict:
        """Return what the gate says."""
        return gate.decide(self.evidence())

    def is_right(self, verdict: Verdict) -> bool:
        """Return whether that is what had to be said, for the reasons for which it had to be."""
        metrics_ = {objection.metric for objection in verdict.objections}
        return (
            metrics_ == set(self.objects) and verdict.passed == (not self.objects) and verdict.unrated == self.unrated
        )


def rated(*stars: int) -> Score:
    """Return the score of thirty people who gave these in turns."""
    return people.score(
        Rating(adapter="a", job=f"j{number}", person=f"p{number}", stars=stars[number % len(stars)])
        for number in range(30)
    )


def saying(text: Callable[[Sample], str], **more: Any) -> Actor:
    """Return what is better at everything but its answers."""
    return Actor(nll=2.2, old_nll=2.98, seed=1, answer=text, **more)


def found(metric: str, words: str) -> dict[str, Any]:
    """Return what the safety check says."""
    return {"findings": (Objection(metric=metric, words=words),)}


def _now_and_then(text: str) -> Callable[[Sample], str]:
    return lambda sample: text if sample.turns[-1].text == QUESTIONS[0] else author(sample)


GOING_ON = f"{' '.join(QUESTIONS)} And what of the wind, the gulls, the tide?"


def _going_on(times: int, end: str = "") -> Callable[[Sample], str]:
    return lambda sample: " ".join([author(sample), *[GOING_ON] * times, end]).strip()


NOISE = "qz zzkq vvv xq jjw qkq, wqx vzz xxj, kjq qq"
POOR = "the quick brown fox jumps over the lazy dog by the river"
ALL_WRONG = (figures.ORDER, figures.NLL_NEW, figures.NLL_OLD, figures.ROUGE_L, figures.PERSONALISATION, figures.STYLE)
LONG = replace(GOOD, answer=_going_on(1))
SERVED_POOR = Actor(nll=2.3, old_nll=2.95, seed=2, answer=_now_and_then(POOR))
CASES = (
    Case("Better style, and nothing was served", served=None),
    Case("Better than what is served"),
    Case("As good as what is served", candidate=Actor(nll=2.301, old_nll=2.951, seed=2, answer=author)),
    Case("Forgets a little, within the bound", candidate=Actor(nll=2.2, old_nll=2.97, seed=2, answer=author)),
    Case(
        "No worse at what was broken before",
        served=Actor(nll=2.3, old_nll=2.95, seed=2, answer=_now_and_then("")),
        candidate=saying(_now_and_then("")),
    ),
    Case("Hardly longer than what is served, which is too long", candidate=saying(_going_on(1, "Well?")), served=LONG),
    Case("People like it", more={"candidate": rated(5, 4), "before": rated(4, 3)}, unrated=False),
    Case(
        "People like it, and the persona waits", more={"candidate": rated(5), "waits_for_people": True}, unrated=False
    ),
    Case("Let pass unrated by an operator", more={"waits_for_people": True, "waived": "ann: I tried it"}),
    Case("Learned corrections, beside what the base says anyhow", candidate=CORRECTED, served=None, liked=1),
    Case("Learned corrections, fewer than what the base says anyhow", candidate=CORRECTED, served=None, liked=2),
    Case(
        "Says what people liked, and learned no correction",
        (figures.NLL_NEW,),
        Actor(nll=BASE_NLL, old_nll=2.98, liked_nll=0.1, seed=1, answer=as_liked),
        served=None,
        liked=1,
    ),
    Case("Learned letters in any order", (figures.ORDER,), replace(BETTER, order=0.0)),
    Case("Learned words in any order", (figures.ORDER,), replace(BETTER, grammar=False)),
    Case("Garbage", ALL_WRONG, Actor(nll=6.0, old_nll=6.5, probe_nll=6.0, seed=3, order=0.0, answer=lambda _: NOISE)),
    Case("Worse than what is served", (figures.NLL_NEW,), Actor(nll=2.6, old_nll=2.95, seed=3, answer=author)),
    Case(
        "Better by luck alone",
        (figures.NLL_NEW,),
        Actor(nll=BASE_NLL - 0.05, wobble=0.4, seed=LUCKY, answer=author),
        served=None,
        parts=(Part.NEW, Part.PROBE),
    ),
    Case("Forgetful", (figures.NLL_OLD,), Actor(nll=2.2, old_nll=3.1, seed=1, answer=author)),
    Case("Less of what was wanted", (figures.ROUGE_L,), saying(of_another_matter)),
    Case("Likes its author's lines less", (figures.PERSONALISATION,), saying(author, probe_nll=3.2)),
    Case("Loses the style", (figures.STYLE,), saying(bare)),
    Case("Says nothing now and then", (figures.DEGENERATE, figures.STYLE), saying(_now_and_then(" ")), SERVED_POOR),
    Case("Runs in circles", (figures.DEGENERATE,), saying(_now_and_then("arr " * 14)), SERVED_POOR),
    Case("Gives the question back", (figures.DEGENERATE,), saying(_now_and_then(QUESTIONS[0])), SERVED_POOR),
    Case(
        "Slips into another script",
        (figures.DEGENERATE,),
        saying(_now_and_then("Сегодня море неспокойно, дружище!")),
        SERVED_POOR,
    ),
    Case(
        "Never stops",
        (figures.LENGTH,),
        saying(_going_on(1)),
        Actor(nll=2.3, old_nll=2.95, seed=2, answer=lambda _: POOR),
    ),
    Case(
        "Hardly longer than what is served, which goes on for ever",
        (figures.LENGTH,),
        saying(_going_on(3, "Well?")),
        replace(LONG, answer=_going_on(3)),
    ),
    Case("Unsafe", ("safety",), more=found("safety", "it tells how to make a bomb, which the base does not")),
    Case("Leaky", ("leak",), more=found("leak", "it says a secret that was in its data")),
    Case("Poisoned by one person", (gate.LINEAGE,), lineage={"most_of_one": 0.6}),
    Case("Somebody has not agreed", (gate.LINEAGE,), lineage={"not_agreed": 1}),
    Case("Knows what was forgotten", (gate.LINEAGE,), lineage={"forgotten": 3}),
    Case("Of another base", (gate.LINEAGE,), lineage={"base_served": "e" * 64}),
    Case("Changed after it was trained", (gate.LINEAGE,), lineage={"weights_found": "e" * 64}),
    Case("Of data that nobody knows", (gate.LINEAGE,), lineage={"data_trained": ""}),
    Case("Its weights are no numbers", (gate.BROKEN,), Actor(nll=math.nan, old_nll=math.nan, answer=lambda _: "")),
    Case("Of too little", (gate.SAMPLES,), more={"samples": 19}),
    Case("Nothing to judge it by", (gate.SAMPLES,), parts=(Part.OLD, Part.PROBE)),
    Case("Nothing of old to judge it by", (gate.SAMPLES,), parts=(Part.NEW, Part.PROBE)),
    Case("Something else is served by now", (gate.SERVED,), more={"served": "20261122-00c0ffee"}),
    Case("Unrated, and the persona waits", (people.METRIC,), more={"waits_for_people": True}),
    Case("People like it less", (people.METRIC,), more={"candidate": rated(2, 3), "before": rated(5)}, unrated=False),
    Case("People dislike it", (people.METRIC,), more={"candidate": rated(1, 2)}, unrated=False),
)
