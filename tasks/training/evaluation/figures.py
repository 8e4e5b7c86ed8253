"""From what an evaluation found to its figures: of the candidate, of what is served now, and of the base. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from tasks.contracts.learning import Metric
from tasks.training.evaluation import bootstrap
from tasks.training.evaluation.bootstrap import Interval
from tasks.training.evaluation.likelihood import Likelihood
from tasks.training.evaluation.order import Kind
from tasks.training.evaluation.report import Heard, Part, Report, Spoken, Trial, likelihood
from tasks.training.evaluation.voices import Voice

NLL_NEW, NLL_OLD, PERPLEXITY, BITS = "nll_new", "nll_old", "perplexity", "bits_per_byte"
ROUGE_L, DEGENERATE, LENGTH = "rouge_l", "degenerate", "length_off"
PERSONALISATION, STYLE, ORDER = "personalisation", "style_distance", "order"
FEWEST_ORDERED = 3  # answers by which it shows whether order matters
FEWEST_TALKS = 3  # conversations that say more than the samples of them do
EVEN = 0.5  # what prefers neither of two
Better = Literal["lower", "higher"]


def metrics(report: Report) -> tuple[Metric, ...]:
    """Return every figure that there is something to compute it from."""
    new, old, probes = (report.judged(part) for part in (Part.NEW, Part.OLD, Part.PROBE))
    of_probes = [one for one in report.spoken if one.part is Part.PROBE]
    found = (
        _likely(report, NLL_NEW, new, lambda one: one.nll, "nats per token"),
        _likely(report, PERPLEXITY, new, lambda one: one.perplexity),
        _likely(report, BITS, new, lambda one: one.bits_per_byte, "bits per byte"),
        _likely(report, NLL_OLD, old, lambda one: one.nll, "nats per token"),
        _heard(report, ROUGE_L, report.wanted, "higher", lambda said: _mean(one.rouge_l for one in said)),
        _heard(report, STYLE, of_probes, "lower", lambda said: _mean(one.distance for one in said)),
        _heard(report, DEGENERATE, report.spoken, "lower", lambda said: float(sum(bool(one.faults) for one in said))),
        _length(report),
        _personalisation(report, probes),
        _order(report),
    )
    return tuple(metric for metric in found if metric is not None)


def difference(trials: Sequence[Trial], than: Voice) -> Interval | None:
    """Return by how many nats per token the candidate is worse than another; None where there is nothing of both."""
    found = [(trial, nats) for trial in trials if (nats := trial.nats(than)) is not None]
    return _paired([(trial.conversation, trial.candidate - nats, trial.tokens) for trial, nats in found])


def stylistic(spoken: Sequence[Spoken], than: Voice) -> Interval | None:
    """Return by how much the candidate's answers are further from the author's style than those of another."""
    found = [(one, other) for one in spoken if one.part is Part.PROBE and (other := one.heard(than)) is not None]
    return _paired([(one.conversation, one.candidate.distance - other.distance, 1) for one, other in found])


def _paired(found: Sequence[tuple[str, float, float]]) -> Interval | None:
    """Return the interval of a difference, by conversations; where these are too few, each sample stands for itself."""
    talks = units([talk for talk, _, _ in found])
    parts: dict[str, float] = defaultdict(float)
    weights: dict[str, float] = defaultdict(float)
    for talk, (_, part, weight) in zip(talks, found, strict=True):
        parts[talk] += part
        weights[talk] += weight
    return bootstrap.ratio([parts[talk] for talk in weights], list(weights.values())) if weights else None


def units(conversations: Sequence[str]) -> list[str]:
    """Return what is drawn as a whole for each of these samples: its conversation, where there are enough of them.

    >>> units(["a", "a", "b"]), units(["a", "b", "c", "c"])
    (['0', '1', '2'], ['a', 'b', 'c', 'c'])
    """
    if len(set(conversations)) < FEWEST_TALKS:
        return [str(number) for number in range(len(conversations))]
    return list(conversations)


def preferred(probes: Sequence[Trial], voice: Voice) -> Interval | None:
    """Return the share of an author's lines that an adapter finds likelier than the base does: personalisation."""
    found = [nats < trial.base for trial in probes if (nats := trial.nats(voice)) is not None]
    return bootstrap.share(sum(found), len(found)) if found else None


def _likely(
    report: Report, name: str, trials: Sequence[Trial], figure: Callable[[Likelihood], float], unit: str = ""
) -> Metric | None:
    found = {voice: likelihood(trials, voice) for voice in Voice}
    values = {voice: figure(one) for voice, one in found.items() if one is not None}
    return _metric(report, name, "lower", values, unit)


def _heard(
    report: Report, name: str, spoken: Sequence[Spoken], better: Better, figure: Callable[[list[Heard]], float]
) -> Metric | None:
    said = {voice: [heard for one in spoken if (heard := one.heard(voice)) is not None] for voice in Voice}
    return _metric(report, name, better, {voice: figure(one) for voice, one in said.items() if one})


def _length(report: Report) -> Metric | None:
    """Return how often answers would have to be halved, or doubled, to be as long as what was wanted."""
    wanted = sum(len(one.wanted) for one in report.wanted)
    said = {
        voice: sum(len(heard.text) for one in report.wanted if (heard := one.heard(voice)) is not None)
        for voice in Voice
        if voice is not Voice.SERVED or report.served
    }
    values = {voice: abs(math.log2((1 + chars) / (1 + wanted))) for voice, chars in said.items()} if wanted else {}
    return _metric(report, LENGTH, "lower", values, "doublings")


def _personalisation(report: Report, probes: Sequence[Trial]) -> Metric | None:
    shares = {voice: preferred(probes, voice) for voice in (Voice.SERVED, Voice.CANDIDATE)}
    values = {voice: share.mean for voice, share in shares.items() if share is not None}
    return _metric(report, PERSONALISATION, "higher", {**values, Voice.BASE: EVEN})


def orders(report: Report, voice: Voice) -> dict[Kind, float]:
    """Return by kind the share of other orders of new answers that are less likely than their own; none of too few."""
    found: dict[Kind, list[float]] = defaultdict(list)
    for trial in report.judged(Part.NEW):
        for one in trial.ordered:
            if (share := one.beaten(voice)) is not None:
                found[one.kind].append(share)
    return {kind: _mean(shares) for kind, shares in found.items() if len(shares) >= FEWEST_ORDERED}


def _order(report: Report) -> Metric | None:
    """Return the share of the order that matters least: whoever learned language knows all of them."""
    values = {voice: min(found.values()) for voice in Voice if (found := orders(report, voice))}
    return _metric(report, ORDER, "higher", values)


def _metric(report: Report, name: str, better: Better, values: dict[Voice, float], unit: str = "") -> Metric | None:
    if Voice.CANDIDATE not in values:
        return None
    return Metric(
        name=name,
        candidate=values[Voice.CANDIDATE],
        served=values.get(Voice.SERVED) if report.served else None,
        base=values[Voice.BASE],
        better=better,
        unit=unit,
    )


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
