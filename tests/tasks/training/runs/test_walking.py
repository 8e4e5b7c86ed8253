"""A run that is killed anywhere and walked again comes to the same files; what ends it is told apart."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError, StoreUnavailable, TrainingSkipped
from tasks.contracts.learning import Course, StepName
from tasks.jobs.crashpoints import KILLED
from tasks.training.runs import folder, progress
from tasks.training.runs.record import Ended
from tasks.training.runs.spec import Interrupted, Run
from tasks.training.runs.walking import MOST_TRIES, POINTS
from tests.tasks.training.runs.paces import Walk, kill, of, paces, walk


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the steps of a run come to that nobody disturbs."""
    quiet = walk(tmp_path_factory.mktemp("undisturbed"))
    assert quiet.by(paces()).walk(quiet.run).course is Course.PROMOTED
    return quiet.digests()


@pytest.fixture
def run(tmp_path: Path) -> Walk:
    """A run that nobody has walked yet."""
    return walk(tmp_path)


def test_steps_are_walked_in_order_each_once_and_each_says_what_it_was_made_of(
    run: Walk, undisturbed: dict[str, str]
) -> None:
    steps = paces()
    assert run.by(steps).walk(run.run).course is Course.PROMOTED
    assert [step.worked for step in steps] == [1] * len(steps)
    assert list(run.digests()) == [step.value for step in StepName]
    scrubbed = folder.done(run.run.of(StepName.SCRUB))
    assert scrubbed is not None
    assert scrubbed.inputs == {step: undisturbed[step.value] for step in (StepName.WINDOW, StepName.EXPORT)}
    assert list(scrubbed.outputs) == ["made/all.txt"]


def test_what_is_done_is_not_done_again(run: Walk, undisturbed: dict[str, str]) -> None:
    run.by(paces()).walk(run.run)
    again = paces()
    assert run.by(again).walk(run.run).course is Course.PROMOTED
    assert not any(step.worked for step in again)
    assert run.digests() == undisturbed


@pytest.mark.parametrize("step", list(StepName))
def test_killed_at_any_boundary_of_a_step_it_goes_on_and_comes_to_the_same(
    run: Walk, undisturbed: dict[str, str], step: StepName
) -> None:
    for point in POINTS:
        assert run.walked_by_one_that_is_killed(paces(), crash=f"{step.value}.{point}") == KILLED
    rest = paces()
    assert run.by(rest).walk(run.run).course is Course.PROMOTED
    assert run.digests() == undisturbed
    assert of(rest, step).worked == 0  # the last of them died when it was done


@pytest.mark.parametrize("step", list(StepName))
def test_killed_within_a_step_it_goes_on_and_comes_to_the_same(
    run: Walk, undisturbed: dict[str, str], step: StepName
) -> None:
    assert run.walked_by_one_that_is_killed(paces(**{step.value: kill})) == -signal.SIGKILL
    assert folder.done(run.run.of(step)) is None
    run.by(paces()).walk(run.run)
    assert run.digests() == undisturbed


def test_only_a_step_that_resumes_finds_what_a_killed_try_left(run: Walk) -> None:
    for step in (StepName.DATASET, StepName.TRAIN):
        assert run.walked_by_one_that_is_killed(paces(**{step.value: kill})) == -signal.SIGKILL
        left = list((run.run.of(step) / "checkpoints").iterdir())
        assert left
        rest = paces()
        with pytest.raises(Interrupted):
            run.by(rest, may_go_on=lambda name, step=step: name is step).walk(run.run)
        assert bool(of(rest, step).found) is (step is StepName.TRAIN)


def test_a_step_whose_file_was_altered_is_done_again_and_what_follows_from_it_stays(
    run: Walk, undisturbed: dict[str, str]
) -> None:
    run.by(paces()).walk(run.run)
    (run.run.of(StepName.TRAIN) / "made" / "all.txt").write_text("altered")
    again = paces()
    run.by(again).walk(run.run)
    assert [step.name for step in again if step.worked] == [StepName.TRAIN]
    assert run.digests() == undisturbed


def test_what_was_made_of_other_inputs_is_made_again_from_nothing(run: Walk) -> None:
    run.walked_by_one_that_is_killed(paces(train=kill))
    other = paces()
    of(other, StepName.SCRUB).extra = {"more.txt": "more"}
    (run.run.of(StepName.SCRUB) / folder.DONE_FILE).unlink()
    run.by(other).walk(run.run)
    left = run.run.of(StepName.TRAIN) / "checkpoints" / "0"
    fresh = paces()
    of(fresh, StepName.SCRUB).extra = {"more.txt": "more"}
    whole = walk(run.training_dir / "whole")
    whole.by(fresh).walk(whole.run)
    assert run.digests() == whole.digests()
    assert left.read_text() == (whole.run.of(StepName.TRAIN) / "checkpoints" / "0").read_text()


def test_a_step_that_takes_its_process_with_it_is_not_tried_for_ever(run: Walk) -> None:
    steps = paces(train=kill)
    for _ in range(MOST_TRIES):
        assert run.walked_by_one_that_is_killed(steps) == -signal.SIGKILL
    ended = run.by(steps).walk(run.run)
    assert (ended.course, ended.step) == (Course.FAILED, StepName.TRAIN)
    assert f"{MOST_TRIES} times" in ended.words


@pytest.mark.parametrize("error", [StoreUnavailable("Redis did not answer"), Interrupted("told to end")])
def test_what_may_work_later_counts_as_no_try(run: Walk, error: Exception) -> None:
    def meet(_run: Run) -> None:
        raise error

    for _ in range(MOST_TRIES + 1):
        with pytest.raises(type(error)):
            run.by(paces(train=meet)).walk(run.run)
    assert run.by(paces()).walk(run.run).course is Course.PROMOTED


def test_too_little_to_learn_from_ends_it_as_skipped(run: Walk) -> None:
    def meet(_run: Run) -> None:
        raise TrainingSkipped("19 new samples, and 20 are wanted")

    steps = paces(export=meet)
    ended = run.by(steps).walk(run.run)
    assert (ended.course, ended.step) == (Course.SKIPPED, StepName.EXPORT)
    assert ended.words == "19 new samples, and 20 are wanted"
    assert not of(steps, StepName.SCRUB).worked


def test_what_the_gate_refuses_is_not_published(run: Walk) -> None:
    steps = paces()
    objections = [{"metric": "rouge_l", "words": "its answers are less like what people liked"}]
    of(steps, StepName.GATE).extra = {
        folder.VERDICT_FILE: json.dumps({"passed": False, "objections": objections, "unrated": False})
    }
    ended = run.by(steps).walk(run.run)
    assert (ended.course, ended.words) == (
        Course.REFUSED,
        "the gate said no, by: likeness to what was wanted (ROUGE-L)",
    )
    assert not of(steps, StepName.PUBLISH).worked
    assert run.by(paces()).walk(run.run).course is Course.REFUSED  # and it stays so


def test_a_gate_without_a_verdict_lets_nothing_through(run: Walk) -> None:
    steps = paces()
    of(steps, StepName.GATE).extra = {}
    assert run.by(steps).walk(run.run).course is Course.FAILED
    assert not of(steps, StepName.PUBLISH).worked


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConfigurationError("there is no such base", next_step="name another"), "there is no such base"),
        (ValueError("what Ada wrote"), "ValueError"),
        (OSError(28, "No space left on device"), "OSError: No space left on device"),
    ],
)
def test_a_step_that_fails_ends_the_run_in_words_that_hold_none_of_people(
    run: Walk, error: Exception, words: str
) -> None:
    def meet(_run: Run) -> None:
        raise error

    ended = run.by(paces(dataset=meet)).walk(run.run)
    assert (ended.course, ended.step, ended.words) == (Course.FAILED, StepName.DATASET, words)
    assert ended.next_step


def test_a_canary_is_the_end_of_the_walk_but_not_of_the_run(run: Walk) -> None:
    steps = paces()
    of(steps, StepName.CANARY).extra = {folder.CANARY_FILE: json.dumps({"share": 0.1})}
    assert run.by(steps).walk(run.run).course is Course.CANARY


def test_who_is_told_to_end_begins_no_other_step(run: Walk) -> None:
    steps = paces(scrub=lambda given: given.workshop.ending.set())
    with pytest.raises(Interrupted):
        run.by(steps).walk(run.run)
    assert of(steps, StepName.SCRUB).worked == 1
    assert not of(steps, StepName.DATASET).worked


def test_how_far_it_is_can_be_read(run: Walk) -> None:
    seen = []

    def meet(given: Run) -> None:
        given.workshop.say("chunk", 1.0)
        seen.append(progress.read(given.folder))

    run.by(paces(train=meet)).walk(run.run)
    [said] = seen
    assert said is not None
    assert (said.step, said.number, said.of, said.doing, said.share) == (StepName.TRAIN, 5, 10, "chunk", 1.0)
    assert said.whole == pytest.approx(0.5)


def test_the_end_is_read_from_the_folder(run: Walk) -> None:
    folder.end(run.run.folder, Ended(course=Course.REFUSED, words="demoted", at_ms=3))
    found = folder.facts(run.run.folder).ended
    assert found is not None
    assert found.words == "demoted"
