"""Bells: Celery messages that carry no work, only "there is a job". Made by kombu, pushed by the ledger's scripts."""

from __future__ import annotations

import functools
import json
from typing import Any

from celery import Celery
from kombu import Connection

from tasks.contracts.messages import Then

TASK_MARK, QUEUE_MARK, ID_MARK = "@TASK@", "@QUEUE@", "@ID@"  # replaced by the script that rings


def message(task: str, task_id: str, queue: str, args: tuple[str, ...]) -> str:
    """Return the exact text that kombu's Redis transport would put on `queue` to call `task` with `args`."""
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
        prepared["properties"]["delivery_info"] = {"exchange": "", "routing_key": queue}
        prepared["properties"]["delivery_tag"] = task_id
        prepared["properties"]["priority"] = 0
    return json.dumps(prepared)


@functools.cache
def template() -> str:
    """Return a bell with marks in place of its task, queue and id: one text serves every model."""
    return message(TASK_MARK, ID_MARK, QUEUE_MARK, ())


def continuation(job: str, then: Then) -> str:
    """Return the message that wakes the task which goes on when `job` ends: it gets the job's id, then its own ids."""
    return message(then.task, f"then-{job}", then.queue, (job, *then.args))
