"""People rate the answers of a candidate; once enough have, the gate is asked again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gate.actors import Actor, Stage, author, held_out
from tasks.contracts.errors import UnknownThing
from tasks.contracts.learning import Course, Objection, StepName, Verdict
from tasks.training.evaluation import people, rating, scoring
from tasks.training.evaluation.judging import judge
from tasks.training.evaluation.report import Part, Spoken
from tasks.training.evaluation.scoring import Candidate
from tasks.training.evaluation.voices import Voice
from tasks.training.runs import folder
from tasks.training.runs.record import Done, Ended
from tests.tasks.training.runs.paces import RUN, spec


def answered(training_dir: Path, run: str = RUN, **told_: Any) -> Path:
    """Make a run that was evaluated, and return its folder."""
    assert folder.create(training_dir, spec(run, **told_))
    place = folder.find(training_dir, run)
    stage = Stage({Voice.BASE: Actor(), Voice.CANDIDATE: Actor(answer=author)})
    report = judge(stage, {Part.NEW: held_out()[Part.NEW]}, "", lambda _what, _share: None)
    (place / StepName.EVALUATE.value).mkdir()
    told = json.dumps([one.model_dump(mode="json") for one in report.spoken])
    (place / StepName.EVALUATE.value / rating.SPOKEN_FILE).write_text(told)
    return place


def refused(place: Path, *metrics: str) -> None:
    """Have the gate refuse it."""
    out = place / StepName.GATE.value
    out.mkdir()
    verdict = Verdict(passed=False, objections=tuple(Objection(metric=metric, words="no") for metric in metrics))
    (out / folder.VERDICT_FILE).write_text(verdict.model_dump_json())
    folder.note_done(out, Done(step=StepName.GATE, inputs={}, outputs={}, took_s=0.0))
    folder.end(place, Ended(course=Course.REFUSED, words="no", at_ms=1))


def asked(found: Candidate, *words: str, rated: tuple[str, ...] = ()) -> tuple[list[str], dict[str, int]]:
    """Answer with these words in turns; return what was asked about, and what was kept."""
    seen: list[str] = []
    kept: dict[str, int] = {}

    def put(_number: int, one: Spoken) -> str:
        seen.append(one.sample)
        return words[(len(seen) - 1) % len(words)]

    assert scoring.ask(found, rated, put, kept.__setitem__) == len(kept)
    return seen, kept


def test_ten_answers_are_asked_about_and_each_number_is_kept(tmp_path: Path) -> None:
    answered(tmp_path)
    seen, kept = asked(scoring.candidate(tmp_path, "pirate"), "5", "3")
    assert len(seen) == len(set(seen)) == rating.QUESTIONS
    assert sorted(kept.values()) == [3] * 5 + [5] * 5
    assert all(job.startswith(f"trial:{RUN}:") for job in kept)


def test_what_is_no_number_passes_and_q_ends(tmp_path: Path) -> None:
    answered(tmp_path)
    seen, kept = asked(scoring.candidate(tmp_path, "pirate"), "", "6", "0", "good", " 4 ", "Q")
    assert (len(seen), list(kept.values())) == (6, [4])


def test_what_was_rated_before_is_asked_last(tmp_path: Path) -> None:
    answered(tmp_path)
    found = scoring.candidate(tmp_path, "pirate")
    before = tuple(one.sample for one in found.spoken[:20])
    seen, _ = asked(found, "4", rated=before)
    assert set(seen[:4]) == {one.sample for one in found.spoken[20:]}
    assert set(seen[4:]) <= set(before)


def test_no_question_is_put_twice_before_all_were(tmp_path: Path) -> None:
    answered(tmp_path)
    found = scoring.candidate(tmp_path, "pirate")
    seen, _ = asked(found, "4")
    prompts = {one.sample: one.prompt for one in found.spoken}
    different = set(prompts.values())
    assert {prompts[sample] for sample in seen[: len(different)]} == different


def test_the_latest_run_that_has_answered_is_asked_about(tmp_path: Path) -> None:
    answered(tmp_path)
    answered(tmp_path, "20261123-0200-pirate")
    folder.create(tmp_path, spec("20261124-0200-pirate"))  # which has not come to that
    assert scoring.candidate(tmp_path, "pirate").spec.run == "20261123-0200-pirate"
    assert scoring.candidate(tmp_path, "pirate", RUN).spec.run == RUN
    with pytest.raises(UnknownThing):
        scoring.candidate(tmp_path, "rook")


def test_a_run_waits_for_people_where_nothing_else_speaks_against_it(tmp_path: Path) -> None:
    place = answered(tmp_path)
    assert not scoring.waits_for_people(place)
    refused(place, people.METRIC)
    assert scoring.waits_for_people(place)
    other = answered(tmp_path, "20261123-0200-pirate")
    refused(other, people.METRIC, "rouge_l")
    assert not scoring.waits_for_people(other)


def test_a_run_that_is_opened_again_goes_on_at_the_gate(tmp_path: Path) -> None:
    place = answered(tmp_path)
    refused(place, people.METRIC)
    (place / "gate" / folder.DONE_FILE).unlink()
    assert scoring.waits_for_people(place)  # who was killed there can be asked again
    scoring.reopen(place)
    facts = folder.facts(place)
    assert (facts.ended, facts.passed) == (None, None)
    assert rating.spoken_of(place)
