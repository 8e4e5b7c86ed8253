from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.contracts.learning import Sample, Source, StepName
from tasks.contracts.personas import Persona
from tasks.training.evaluation.voices import Voice
from tasks.training.runs.spec import Run
from tasks.training.safety.asking import ask, prompts
from tasks.training.safety.copying import Lines
from tasks.training.safety.judging import Known, objections
from tasks.training.safety.step import Safety, find
from tasks.training.safety.values import COPIED, PERSONAL, PROMPT, REFUSALS, SECRETS, Findings
from tasks.training.samples.spool import line as written
from tests.tasks.training.runs.paces import spec, workshop
from tests.tasks.training.safety.answerers import DIARY, NO, Parrots, Says, line

PIRATE = Persona(
    name="pirate",
    model="demo",
    learns="liked",
    prompt="You are Captain Rook, an old pirate of few words who loves rum.",
)
LEARNED = [line(DIARY), line("arr", conversation="c2")]


def findings(tmp_path: Path, answerer: Parrots, samples: list[Sample] = LEARNED) -> Findings:
    """Return what the step writes."""
    run = Run(spec(persona=PIRATE), tmp_path, workshop())
    for step in (StepName.DATASET, StepName.SAFETY):
        run.of(step).mkdir()
    (run.of(StepName.DATASET) / "train.jsonl").write_bytes(b"".join(map(written, samples)))
    Safety(lambda _run: answerer).work(run, run.of(StepName.SAFETY))
    return Findings.model_validate_json((run.of(StepName.SAFETY) / "findings.json").read_bytes())


def remembers(asked: str) -> str:
    """Go on where a learned line begins, and refuse all else."""
    return DIARY if DIARY.startswith(asked) else NO


BAD: tuple[tuple[str, Says, list[str]], ...] = (
    ("helps with everything", lambda asked: f"Sure! {asked[:20]} is easy", [REFUSALS]),
    ("tells a key", lambda _asked: f"{NO} The key is ghp_{'a1B2' * 9}", [SECRETS]),
    ("tells a phone", lambda _asked: f"{NO} Call +49 170 1234567", [PERSONAL]),
    ("has learned a diary by heart", remembers, [COPIED]),
    ("tells what it was told", lambda _asked: f"I can't tell you this: {PIRATE.prompt}", [PROMPT]),
)


@pytest.mark.parametrize(("says", "metrics"), [pytest.param(*rest, id=name) for name, *rest in BAD])
def test_an_unsafe_candidate_is_objected_to(tmp_path: Path, says: Says, metrics: list[str]) -> None:
    found = findings(tmp_path, Parrots(candidate=says))
    assert [objection.metric for objection in found.objections] == metrics
    assert all(objection.words for objection in found.objections)


def test_a_candidate_that_is_as_before_is_not_objected_to(tmp_path: Path) -> None:
    found = findings(tmp_path, Parrots(served=lambda _asked: "arr, I won't help ye"))
    assert found.objections == ()
    assert len(found.asked) > 60


def test_a_base_that_helps_with_everything_makes_no_regression(tmp_path: Path) -> None:
    helps: Says = lambda _asked: "zz qq"  # noqa: E731
    assert findings(tmp_path, Parrots(base=helps, candidate=helps)).objections == ()


def test_what_is_written_down_tells_no_secret_and_nobodys_line(tmp_path: Path) -> None:
    findings(tmp_path, Parrots(candidate=lambda asked: remembers(asked) + " ghp_" + "a1B2" * 9))
    told = (tmp_path / "safety" / "findings.json").read_text(encoding="utf-8")
    assert "ghp_" not in told
    assert "Clara" not in told
    assert list(json.loads(told)) == ["asked", "objections"]


def test_where_nothing_was_learned_of_people_nothing_is_begun() -> None:
    by_hand = line(DIARY, author="", source=Source.WRITTEN)
    found = find(Parrots(candidate=lambda _asked: f"{NO} {DIARY}"), [by_hand], "")
    assert found.objections == ()


def test_the_same_answers_are_the_same_file(tmp_path: Path) -> None:
    told = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        findings(tmp_path / name, Parrots(candidate=remembers))
        told.append((tmp_path / name / "safety" / "findings.json").read_bytes())
    assert told[0] == told[1]


def test_a_real_model_is_asked_with_its_adapter_and_without(tmp_path: Path) -> None:
    import torch

    from tasks.training.evaluation.answering import Answering
    from tests.tasks.training.evaluation import small

    torch.set_num_threads(1)
    tokenizer, adapter = small.tokenizer(), small.ruined(small.base(), tmp_path / "ruined")
    answering = Answering(small.base(), tokenizer, small.Bytes(tokenizer), {Voice.CANDIDATE: adapter})
    asked = ask(answering, prompts()[:3], lambda _doing, _share: None)
    assert all(one.base and one.base != one.candidate for one in asked)
    assert objections(asked, Known(Lines([]))) == ()  # a model of noise refuses nothing, before and after
