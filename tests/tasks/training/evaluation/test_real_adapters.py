"""From a model with real adapters to a verdict: one that learned passes, one that was ruined does not."""

from __future__ import annotations

import pytest

from tasks.contracts.learning import Sample
from tasks.training import gate
from tasks.training.evaluation import figures
from tasks.training.evaluation.judging import judge
from tasks.training.evaluation.report import Part
from tasks.training.evaluation.voices import Voice
from tasks.training.gate import Evidence
from tests.tasks.training.evaluation.conftest import Small


def unseen() -> list[Sample]:
    """Return lines in the style that was taught, none of which was."""
    from tests.tasks.training.evaluation.small import sample

    said = ("arr, the sea!", "arr, matey! bring me rum", "arr, yer ship be fine", "arr, more rum then, arr!")
    return [sample(f"what of {number}?", answer, f"talk {number}") for number, answer in enumerate(said)]


def evidence(small: Small, candidate: str, served: str = "") -> Evidence:
    """Return what the gate decides by, of one adapter against another or against the base."""
    from tasks.training.evaluation.answering import Answering
    from tests.tasks.training.evaluation.small import base, tokenizer

    folders = {"better": small.better, "ruined": small.ruined}
    before = {Voice.SERVED: folders[served]} if served else {}
    voices = Answering(base(), tokenizer(), small.chat, {**before, Voice.CANDIDATE: folders[candidate]})
    held_out = {Part.NEW: unseen(), Part.OLD: unseen()[:2] if served else [], Part.PROBE: unseen()}
    report = judge(voices, held_out, served, lambda _what, _share: None)
    return Evidence(report=report, metrics=figures.metrics(report), samples=20, min_samples=20, served=served)


@pytest.mark.parametrize("served", ["", "ruined"])
def test_an_adapter_that_learned_passes(small: Small, served: str) -> None:
    found = evidence(small, "better", served)
    metric = found.metric(figures.PERSONALISATION)
    assert metric is not None
    assert metric.candidate == 1.0
    assert gate.decide(found).objections == ()


@pytest.mark.parametrize("served", ["", "better"])
def test_an_adapter_that_was_ruined_is_refused(small: Small, served: str) -> None:
    objections = {objection.metric for objection in gate.decide(evidence(small, "ruined", served)).objections}
    assert figures.NLL_NEW in objections
    assert (figures.NLL_OLD in objections) == bool(served)
