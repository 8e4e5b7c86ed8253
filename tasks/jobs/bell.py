"""Bells: Celery messages that carry no work, only "there is a job". Pushed by the ledger's scripts.

The text is what Celery and kombu would put on the queue, to the letter (a test compares). Written out here, since a bot
that loaded both for the sake of one message would be a tenth larger.
"""

from __future__ import annotations

import functools
import json
import os
import socket

from tasks.contracts.messages import Then

TASK_MARK, QUEUE_MARK, ID_MARK = "@TASK@", "@QUEUE@", "@ID@"  # replaced by the script that rings
PERSISTENT = 2


def message(task: str, task_id: str, queue: str, args: tuple[str, ...]) -> str:
    """Return the exact text that kombu's Redis transport would put on `queue` to call `task` with `args`."""
    embedded = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
    return json.dumps(
        {
            "body": json.dumps([args, {}, embedded]),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {
                "lang": "py",
                "task": task,
                "id": task_id,
                "shadow": None,
                "eta": None,
                "expires": None,
                "group": None,
                "group_index": None,
                "retries": 0,
                "timelimit": [None, None],
                "root_id": task_id,
                "parent_id": None,
                "argsrepr": repr(args),
                "kwargsrepr": "{}",
                "origin": f"gen{os.getpid()}@{socket.gethostname()}",
                "ignore_result": True,
                "replaced_task_nesting": 0,
                "stamped_headers": None,
                "stamps": {},
            },
            "properties": {
                "correlation_id": task_id,
                "reply_to": "",
                "delivery_mode": PERSISTENT,
                "delivery_info": {"exchange": "", "routing_key": queue},
                "priority": 0,
                "delivery_tag": task_id,
            },
        }
    )


@functools.cache
def template() -> str:
    """Return a bell with marks in place of its task, queue and id: one text serves every model."""
    return message(TASK_MARK, ID_MARK, QUEUE_MARK, ())


def continuation(job: str, then: Then) -> str:
    """Return the message that wakes the task which goes on when `job` ends: it gets the job's id, then its own ids."""
    return message(then.task, f"then-{job}", then.queue, (job, *then.args))
