"""All voices side by side, on what was held out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest

from benchmarks.gate.actors import BASE_NLL, QUESTIONS, Actor, Stage, as_liked, author, held_out
from tasks.contracts.learning import Sample, Source
from tasks.training.dataset.splitting import SILENCE_MS
from tasks.training.evaluation import figures, judging
from tasks.training.evaluation.report import Part, Report
from tasks.training.evaluation.voices import Voice


def judged(candidate: Actor, served: Actor | None = None, **parts: Sequence[Sample]) -> Report:
    cast = {Voice.BASE: Actor(probe_nll=BASE_NLL), Voice.SERVED: served, Voice.CANDIDATE: candidate}
    kept = {Part(name): samples for name, samples in parts.items()} or held_out()
    stage = Stage({voice: actor for voice, actor in cast.items() if actor})
    return judging.judge(stage, kept, "v" if served else "", lambda _what, share: _in_bounds(share))


def _in_bounds(share: float) -> None:
    assert 0 <= share <= 1


def figure(report: Report, name: str) -> Any:
    return next(metric for metric in figures.metrics(report) if metric.name == name)


def test_every_answer_stands_beside_those_of_the_others() -> None:
    report = judged(Actor(nll=2.0, answer=author), served=Actor(answer=lambda _: "I am served"))
    one = next(one for one in report.spoken if one.prompt == QUESTIONS[0])
    assert one.served is not None
    assert (one.wanted[:4], one.base.text[:7], one.served.text, one.candidate.text[:4]) == (
        *("Arr,", "The sea", "I am served", "Arr,"),
    )
    assert one.candidate.rouge_l > one.base.rouge_l
    assert one.candidate.distance < one.base.distance


def test_figures_are_those_of_all_three() -> None:
    report = judged(Actor(nll=2.0, wobble=0.0, answer=author), served=Actor(nll=2.5, wobble=0.0))
    metric = figure(report, figures.NLL_NEW)
    assert (metric.candidate, metric.served) == (pytest.approx(2.0), pytest.approx(2.5))
    assert figure(report, figures.PERPLEXITY).candidate == pytest.approx(math.exp(2.0))
    assert figure(report, figures.PERSONALISATION).candidate == 1.0
    assert {metric.name for metric in figures.metrics(report)} == {
        *(figures.NLL_NEW, figures.NLL_OLD, figures.PERPLEXITY, figures.BITS, figures.ROUGE_L),
        *(figures.DEGENERATE, figures.LENGTH, figures.PERSONALISATION, figures.STYLE, figures.ORDER),
    }


def test_where_nothing_is_served_no_figure_speaks_of_it() -> None:
    assert all(metric.served is None for metric in figures.metrics(judged(Actor(answer=author))))


def test_where_nothing_was_held_out_there_is_no_figure() -> None:
    assert figures.metrics(judged(Actor(answer=author), new=[])) == ()


def test_who_computes_no_numbers_is_named_and_hopeless() -> None:
    report = judged(Actor(nll=math.nan))
    assert report.broken == (Voice.CANDIDATE,)
    assert all(math.isfinite(metric.candidate) for metric in figures.metrics(report))


def test_of_many_samples_some_from_everywhere_are_asked() -> None:
    samples = held_out()[Part.NEW]
    assert judging.spread(samples, len(samples)) == samples
    assert [samples.index(one) for one in judging.spread(samples, 4)] == [0, 9, 18, 27]
    assert judging.spread([samples[0].model_copy(update={"answer": " \n"})], 4) == []


def test_a_probe_that_is_a_new_sample_too_is_asked_once() -> None:
    samples = held_out()[Part.NEW][:6]
    report = judged(Actor(answer=author), new=samples, probe=samples[:2])
    assert [one.part for one in report.spoken] == [*[Part.PROBE] * 2, *[Part.NEW] * 4]
    assert len(report.of(Part.PROBE)) == 2


def test_a_conversation_that_rested_is_another_one_afterwards() -> None:
    said = [held_out()[Part.NEW][0].model_copy(update={"id": str(at), "at_ms": at}) for at in (0, 9, SILENCE_MS + 10)]
    talks = judging.talks_of(said)
    assert talks["0"] == talks["9"] != talks[str(SILENCE_MS + 10)]


def test_of_one_conversation_each_sample_stands_for_itself() -> None:
    one_talk = held_out()[Part.NEW][:3]
    found = figures.difference(judged(Actor(nll=2.0, wobble=0.0), new=one_talk).trials, Voice.BASE)
    assert found is not None
    assert found.high < 0


def parts(liked: int) -> dict[str, list[Sample]]:
    """Return what was held out, of which some is what the base said and people liked."""
    return {part.value: samples for part, samples in held_out(liked).items()}


def test_adapters_are_compared_by_what_people_wrote_and_not_by_what_the_base_says_anyhow() -> None:
    corrected = judged(Actor(nll=2.0, liked_nll=2.0, wobble=0.0, answer=author), **parts(liked=1))
    assert figure(corrected, figures.NLL_NEW).candidate == pytest.approx(2.0)
    assert figure(corrected, figures.ROUGE_L).base < 0.5  # of what people liked the base says every word
    assert figure(corrected, figures.PERSONALISATION).candidate == 1.0
    assert {trial.by_people for trial in corrected.trials} == {True, False}


def test_where_people_wrote_next_to_nothing_what_they_liked_counts_too() -> None:
    some = parts(liked=2)
    few = {
        part: [one for one in samples if one.conversation.endswith("-1") or one.source is Source.LIKED]
        for part, samples in some.items()
    }
    report = judged(Actor(answer=as_liked), **few)
    assert figure(report, figures.ROUGE_L).base > 0.5
    assert len(report.judged(Part.NEW)) == len(report.of(Part.NEW))


def test_who_learned_language_finds_no_other_order_of_it_as_likely() -> None:
    of_language, of_noise = judged(Actor(order=0.5)), judged(Actor(order=0.0))
    assert figure(of_language, figures.ORDER).candidate == 1.0
    assert figure(of_noise, figures.ORDER).candidate < 0.7
    assert figure(of_noise, figures.ORDER).base == 1.0
