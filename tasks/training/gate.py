"""May a new adapter be served? Compared with what is served now, and with the base; every figure can say no. Pure.

Each rule returns objections, in words for the person who reads them: the figures, and the bound that was not kept.
Nothing is made good by something else: one objection is enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from pydantic import Field

from tasks.contracts.learning import Metric, Objection, Verdict
from tasks.contracts.messages import Value
from tasks.contracts.shortening import shortened
from tasks.training.evaluation import figures, people
from tasks.training.evaluation.people import Score
from tasks.training.evaluation.report import Part, Report
from tasks.training.evaluation.voices import Voice

WORSE_NEW = 0.01  # of the nll of what is served: what a new adapter may at most lose on new conversations, at 95 %
WORSE_OLD = 0.01  # the same on old ones, as it was found
WORSE_ROUGE = 0.01
FURTHER = 0.05  # of a distance between 0 and 1 from an author's style
MOST_DOUBLINGS = 1.0  # half as long as what was wanted, or twice
MORE_DOUBLINGS = 0.25  # a fifth longer or shorter than what was before: beyond that bound, less is not its doing
ENDLESS_DOUBLINGS = 3.0  # an eighth, or eight times: from there on it has to be no worse at all
SAMPLES, LINEAGE, BROKEN, SERVED = "samples", "lineage", "weights", "served"
WHO = {Voice.BASE: "the base", Voice.SERVED: "what is served now"}
WIDE = "infinitely much"
SHOWN_CHARS = 40  # of a question or an answer, in an objection


class Evidence(Value):
    """All that the gate decides by."""

    report: Report
    metrics: tuple[Metric, ...]
    samples: int = Field(ge=0)
    """New ones that it learned from."""
    min_samples: int = Field(ge=1)
    least_order: float = Field(default=0.7, ge=0, le=1)
    gaps: tuple[str, ...] = ()
    """What its lineage does not say, or says wrongly, in words."""
    served: str = ""
    """The version that is served at this moment."""
    findings: tuple[Objection, ...] = ()
    """Of the safety check."""
    candidate: Score = people.score(())
    """What people think of it."""
    before: Score = people.score(())
    """What they think of what is served now."""
    min_ratings: int = Field(default=30, ge=1)
    waits_for_people: bool = False
    waived: str = ""
    """Who let it pass without ratings, and why; empty: nobody did."""

    def metric(self, name: str) -> Metric | None:
        """Return a figure by its name; None where there is none."""
        return next((metric for metric in self.metrics if metric.name == name), None)


Rule = Callable[[Evidence], Iterator[Objection]]


def decide(evidence: Evidence) -> Verdict:
    """Return whether an adapter may be served, and everything that speaks against it."""
    broken = Voice.CANDIDATE in evidence.report.broken
    rules = (*OF_ITSELF, _whole) if broken else (*OF_ITSELF, *OF_FIGURES)
    objections = tuple(objection for rule in rules for objection in rule(evidence))
    unrated = people.is_pending(evidence.candidate, evidence.min_ratings)
    waived = evidence.waived if unrated and evidence.waits_for_people else ""
    return Verdict(passed=not objections, objections=objections, unrated=unrated, waived=waived)


def _enough(evidence: Evidence) -> Iterator[Objection]:
    if evidence.samples < evidence.min_samples:
        words = f"it learned from {evidence.samples} new samples, and {evidence.min_samples} are the least"
        yield Objection(metric=SAMPLES, words=words)
    if not evidence.report.of(Part.NEW):
        yield Objection(metric=SAMPLES, words="nothing new was held out to judge it by")
    if evidence.report.served and not evidence.report.of(Part.OLD):
        words = "nothing of earlier runs was held out, so nobody knows what it has unlearned"
        yield Objection(metric=SAMPLES, words=words)


def _lineage(evidence: Evidence) -> Iterator[Objection]:
    for gap in evidence.gaps:
        yield Objection(metric=LINEAGE, words=gap)
    if evidence.report.served != evidence.served:
        words = (
            f"it was compared with {evidence.report.served or 'the base alone'}, and "
            f"{evidence.served or 'the base alone'} is served by now"
        )
        yield Objection(metric=SERVED, words=words)


def _whole(_evidence: Evidence) -> Iterator[Objection]:
    """Of what is not whole no figure means anything."""
    yield Objection(metric=BROKEN, words="it computes no numbers any more: its weights are damaged")


def _new(evidence: Evidence) -> Iterator[Objection]:
    """Not worse than what is served now, and better than the base: sure to 95 %, over whole conversations."""
    metric = evidence.metric(figures.NLL_NEW)
    if metric is None:
        return
    for voice, before in ((Voice.SERVED, metric.served), (Voice.BASE, metric.base)):
        found = figures.difference(evidence.report.judged(Part.NEW), voice)
        if found is None or before is None:
            continue
        bound = WORSE_NEW * before if voice is Voice.SERVED else 0.0
        if found.high >= bound:
            luck = ", which may be luck" if found.mean < 0 else ""
            words = (
                f"on new conversations it needs {metric.candidate:.3f} nats a token and {WHO[voice]} {before:.3f}: "
                f"{found.mean:+.3f}{luck} (between {_signed(found.low)} and {_signed(found.high)} with 95 %, and that "
                f"has to be below {bound:.3f})"
            )
            yield Objection(metric=metric.name, words=words)
            return


def _old(evidence: Evidence) -> Iterator[Objection]:
    if (metric := evidence.metric(figures.NLL_OLD)) is None:
        return
    before = _before(metric)
    if metric.candidate > before * (1 + WORSE_OLD):
        words = (
            f"it has unlearned: on old conversations it needs {metric.candidate:.3f} nats a token and "
            f"{_rival(metric)} {before:.3f}: {metric.candidate / before - 1:+.1%}, where {WORSE_OLD:+.0%} is the most"
        )
        yield Objection(metric=metric.name, words=words)


def _rouge(evidence: Evidence) -> Iterator[Objection]:
    if (metric := evidence.metric(figures.ROUGE_L)) is None:
        return
    least = _before(metric) - WORSE_ROUGE
    if metric.candidate < least:
        words = (
            f"its answers have less of what was wanted: ROUGE-L {metric.candidate:.3f}, of {_rival(metric)} "
            f"{_before(metric):.3f}, where {least:.3f} is the least"
        )
        yield Objection(metric=metric.name, words=words)


def _style(evidence: Evidence) -> Iterator[Objection]:
    if (metric := evidence.metric(figures.PERSONALISATION)) is not None and metric.candidate < figures.EVEN:
        words = (
            f"it meets the author's style less than the base does: it finds {metric.candidate:.0%} of their own lines "
            f"likelier, where {figures.EVEN:.0%} is the least"
        )
        yield Objection(metric=metric.name, words=words)
    report = evidence.report
    metric, found = evidence.metric(figures.STYLE), figures.stylistic(report.spoken, report.rival)
    if metric is not None and found is not None and found.low > FURTHER:
        words = (
            f"its answers are further from the author's style than those of {_rival(metric)}: {metric.candidate:.2f} "
            f"and {_before(metric):.2f} (further by {found.low:.2f} to {found.high:.2f} with 95 %, "
            f"where {FURTHER:.2f} is the most)"
        )
        yield Objection(metric=metric.name, words=words)


def _language(evidence: Evidence) -> Iterator[Objection]:
    found = figures.orders(evidence.report, Voice.CANDIDATE)
    if found and min(found.values()) < evidence.least_order:
        kind = min(found, key=lambda each: found[each])
        words = (
            f"what it learned from is not language: of new answers with their {kind.value} in any order it finds "
            f"{1 - found[kind]:.0%} as likely as the answers themselves; of language hardly any, of noise half, and "
            f"{1 - evidence.least_order:.0%} is the most"
        )
        yield Objection(metric=figures.ORDER, words=words)


def _degenerate(evidence: Evidence) -> Iterator[Objection]:
    report = evidence.report
    fresh = [
        one
        for one in report.spoken
        if one.candidate.faults and (other := one.heard(report.rival)) is not None and not other.faults
    ]
    if fresh:
        kinds = sorted({fault.value for one in fresh for fault in one.candidate.faults})
        asked, said = (shortened(text, SHOWN_CHARS) for text in (fresh[0].prompt, fresh[0].candidate.text))
        words = (
            f"{len(fresh)} of {len(report.spoken)} answers are broken that were not before ({', '.join(kinds)}), "
            f"the first to {asked!r}: {said!r}"
        )
        yield Objection(metric=figures.DEGENERATE, words=words)


def _length(evidence: Evidence) -> Iterator[Objection]:
    if (metric := evidence.metric(figures.LENGTH)) is None:
        return
    off, before = metric.candidate, _before(metric)
    if off <= max(MOST_DOUBLINGS, before):
        return
    if off > ENDLESS_DOUBLINGS or off > before + MORE_DOUBLINGS:
        report = evidence.report
        wanted = sum(len(one.wanted) for one in report.wanted)
        said = sum(len(one.candidate.text) for one in report.wanted) / wanted
        rival = sum(len(heard.text) for one in report.wanted if (heard := one.heard(report.rival))) / wanted
        words = (
            f"its answers are {said:.1f} times as long as what was wanted, and those of {_rival(metric)} {rival:.1f} "
            "times; 0.5 to 2 is the bound"
        )
        yield Objection(metric=metric.name, words=words)


def _safety(evidence: Evidence) -> Iterator[Objection]:
    yield from evidence.findings


def _people(evidence: Evidence) -> Iterator[Objection]:
    objection = people.objection(
        evidence.candidate,
        evidence.before,
        evidence.min_ratings,
        waits=evidence.waits_for_people,
        waived=evidence.waived,
    )
    if objection is not None:
        yield objection


OF_ITSELF: tuple[Rule, ...] = (_enough, _lineage, _safety, _people)
OF_FIGURES: tuple[Rule, ...] = (_language, _new, _old, _rouge, _style, _degenerate, _length)


def _before(metric: Metric) -> float:
    return metric.base if metric.served is None else metric.served


def _rival(metric: Metric) -> str:
    return WHO[Voice.BASE if metric.served is None else Voice.SERVED]


def _signed(bound: float) -> str:
    return f"{bound:+.3f}" if math.isfinite(bound) else WIDE
