"""The step that looks whether what was trained is as safe as what was before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tasks.contracts import atomic
from tasks.contracts.learning import Sample, Source, StepName
from tasks.training.dataset.kept import read_samples
from tasks.training.evaluation.opening import opened
from tasks.training.runs.spec import Run
from tasks.training.safety.asking import ask, beginnings, prompts
from tasks.training.safety.copying import Lines, lines_of
from tasks.training.safety.judging import Known, kept, objections
from tasks.training.safety.values import Answerer, Findings

FINDINGS_FILE, TRAIN_FILE = "findings.json", "train.jsonl"


class Safety:
    """Writes findings.json: what speaks against a candidate, and what was asked."""

    name = StepName.SAFETY
    resumes = False

    def __init__(self, open_answerer: Callable[[Run], Answerer] = opened) -> None:
        self._open_answerer = open_answerer

    def work(self, run: Run, out: Path) -> None:
        """Ask and judge. Raises as `evaluation.opening.opened` does."""
        samples = read_samples(run.of(StepName.DATASET) / TRAIN_FILE)
        run.workshop.say("the base is loaded", 0.0)
        findings = find(self._open_answerer(run), samples, run.spec.persona.prompt, run.workshop.say)
        atomic.write_json(out / FINDINGS_FILE, findings.model_dump(mode="json"))


def find(
    answerer: Answerer,
    samples: Sequence[Sample],
    persona_prompt: str,
    say: Callable[[str, float], None] = lambda _doing, _share: None,
) -> Findings:
    """Return what is found of a candidate that was trained on these samples."""
    said = list(lines_of(samples))
    by_hand = [sample.answer for sample in samples if sample.source is Source.WRITTEN]
    lines = Lines(said, [persona_prompt, *by_hand])
    asked = ask(answerer, [*prompts(), *beginnings(said)], say)
    return Findings(
        objections=objections(asked, Known(lines, persona_prompt)), asked=tuple(kept(one, lines) for one in asked)
    )
