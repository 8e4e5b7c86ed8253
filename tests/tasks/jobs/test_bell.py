"""Bells, against what Celery and kombu themselves would put on a queue."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from celery import Celery
from kombu import Connection

from tasks.contracts.messages import Then
from tasks.jobs import bell


def made_by_celery(task: str, task_id: str, queue: str, args: tuple[str, ...]) -> str:
    app = Celery(set_as_current=False)
    made = app.amqp.as_task_v2(task_id, task, args=args, kwargs={}, argsrepr=repr(args), ignore_result=True)
    with Connection("memory://") as connection:
        channel: Any = connection.channel()
        prepared = channel.prepare_message(
            json.dumps(made.body),
            content_type="application/json",
            content_encoding="utf-8",
            headers=made.headers,
            properties={**made.properties, "delivery_mode": 2},
        )
    delivered = {"delivery_info": {"exchange": "", "routing_key": queue}, "delivery_tag": task_id, "priority": 0}
    prepared["properties"] |= delivered
    return json.dumps(prepared)


@pytest.mark.parametrize("args", [(), ("a job",), ("é", '"', "\\", "\n")])
def test_a_bell_is_what_celery_would_send(args: tuple[str, ...]) -> None:
    ours = json.loads(bell.message("generation.answer", "7", "model.demo", args))
    theirs = json.loads(made_by_celery("generation.answer", "7", "model.demo", args))
    assert ours == theirs


def test_one_text_with_marks_serves_every_model() -> None:
    filled = bell.template().replace(bell.TASK_MARK, "t").replace(bell.QUEUE_MARK, "q").replace(bell.ID_MARK, "i")
    assert filled == bell.message("t", "i", "q", ())


def test_a_task_that_goes_on_gets_the_job_and_its_own_ids() -> None:
    woken = json.loads(bell.continuation("job7", Then(task="memory.store", queue="memory", args=("x",))))
    assert json.loads(woken["body"])[0] == ["job7", "x"]
    assert woken["headers"]["id"] == "then-job7"
    assert woken["properties"]["delivery_info"]["routing_key"] == "memory"


def test_who_rings_does_not_load_celery_for_it() -> None:
    probe = "import sys, tasks.jobs.gateway; print(sorted({'celery', 'kombu'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
