"""When personas learn, as beat itself reads it."""

from __future__ import annotations

from celery.schedules import crontab

from schedules import BEAT_SCHEDULE
from schedules.training import ENTRIES
from tasks.celery import app
from tasks.contracts import names
from tasks.contracts.learning import StepName
from tasks.contracts.queues import MEMORY, TRAINING


def test_every_night_at_two_personas_learn_and_each_run_is_evaluated_before_anybody_is_answered_by_it() -> None:
    entry = ENTRIES["train-personas-nightly"]
    assert (entry["task"], entry["options"]["queue"]) == (names.LEARN, TRAINING)
    assert entry["schedule"] == crontab(hour=2, minute=0)
    steps = list(StepName)
    assert steps.index(StepName.EVALUATE) < steps.index(StepName.GATE) < steps.index(StepName.PUBLISH)


def test_what_was_cut_off_or_missed_is_looked_for_all_day() -> None:
    entry = ENTRIES["watch-runs-five-minutely"]
    assert (entry["task"], entry["options"]["queue"]) == (names.WATCH, TRAINING)
    assert entry["options"]["expires"] <= entry["schedule"].total_seconds()


def test_beat_drives_summaries_compression_and_training_by_tasks_that_are_registered() -> None:
    app.loader.import_default_modules()
    entries = {
        "compress-memories-daily": MEMORY,  # it has what was said two days ago summed up
        "compress-memories-weekly": MEMORY,
        "train-personas-nightly": TRAINING,
    }
    for name, queue in entries.items():
        assert BEAT_SCHEDULE[name]["options"]["queue"] == queue
        assert BEAT_SCHEDULE[name]["task"] in app.tasks
    assert app.conf.beat_schedule == BEAT_SCHEDULE
