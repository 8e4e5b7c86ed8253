"""All steps of a run, in their order, and who looks after what is on trial."""

from __future__ import annotations

from tasks.contracts.learning import StepName
from tasks.training.steps import all_judges, all_steps


def test_there_is_one_of_each_step_in_order() -> None:
    assert [step.name for step in all_steps()] == list(StepName)


def test_only_what_takes_long_goes_on_from_where_it_was_killed() -> None:
    assert [step.name for step in all_steps() if step.resumes] == [StepName.TRAIN]


def test_somebody_judges_what_is_on_trial() -> None:
    assert all_judges()
