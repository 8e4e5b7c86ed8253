"""Which adapters may be served: good ones and bad ones, each decided right, and for the reasons that it should be."""

from __future__ import annotations

import pytest

from benchmarks.gate.actors import Actor, author
from benchmarks.gate.cases import CASES, GOOD, Case
from tasks.training import gate
from tasks.training.evaluation import figures, people


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_it_is_decided_right(case: Case) -> None:
    verdict = case.verdict()
    assert case.is_right(verdict), verdict


def test_every_figure_can_say_no_all_by_itself() -> None:
    alone = {case.objects[0] for case in CASES if len(case.objects) == 1}
    assert alone >= {
        *(figures.NLL_NEW, figures.NLL_OLD, figures.ROUGE_L, figures.PERSONALISATION, figures.STYLE),
        *(figures.DEGENERATE, figures.LENGTH, people.METRIC),
        *(gate.SAMPLES, gate.LINEAGE, gate.BROKEN, gate.SERVED, "safety"),
    }


def words(case: Case) -> str:
    return " / ".join(objection.words for objection in case.verdict().objections)


def test_a_refusal_names_the_figures_and_the_bound() -> None:
    worse = Case("", (figures.NLL_NEW,), Actor(nll=2.6, old_nll=2.95, seed=3, answer=author))
    metric = worse.evidence().metric(figures.NLL_NEW)
    assert metric is not None
    assert metric.served is not None
    assert f"{metric.candidate:.3f}" in words(worse)
    assert f"what is served now {metric.served:.3f}" in words(worse)
    assert f"below {metric.served * gate.WORSE_NEW:.3f}" in words(worse)


def test_what_looks_better_and_may_be_luck_is_told_so() -> None:
    lucky = next(case for case in CASES if "luck" in case.title)
    metric = lucky.evidence().metric(figures.NLL_NEW)
    assert metric is not None
    assert metric.candidate < metric.base
    assert "may be luck" in words(lucky)


@pytest.mark.parametrize(("old_nll", "passes"), [(GOOD.old_nll * 1.008, True), (GOOD.old_nll * 1.012, False)])
def test_a_hundredth_may_be_unlearned_and_no_more(old_nll: float, passes: bool) -> None:
    case = Case("", candidate=Actor(nll=2.2, old_nll=old_nll, seed=GOOD.seed, wobble=0.0, answer=author))
    calm = Actor(nll=GOOD.nll, old_nll=GOOD.old_nll, wobble=0.0, answer=author)
    assert Case("", candidate=case.candidate, served=calm).verdict().passed is passes


def test_a_first_adapter_needs_nothing_of_old() -> None:
    from tasks.training.evaluation.report import Part

    assert Case("", served=None, parts=(Part.NEW, Part.PROBE)).verdict().passed


def test_a_first_adapter_has_to_be_better_than_the_base_and_not_merely_as_good() -> None:
    from benchmarks.gate.actors import BASE_NLL

    assert not Case("", served=None, candidate=Actor(nll=BASE_NLL, wobble=0.0, answer=author)).verdict().passed


def test_the_same_evidence_is_decided_the_same() -> None:
    for case in CASES[:3]:
        assert case.verdict() == case.verdict()
