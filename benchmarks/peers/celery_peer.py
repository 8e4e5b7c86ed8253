"""Plain Celery as its documentation shows it: the work is in the message, acknowledged late, its result in Redis.

`celery_peer.py work URL SLOTS` is the worker; `celery_peer.py orders URL` takes orders, see `spoken`, and with the word
`results` behind it enqueues as a sender that may ask for each result.
"""

from __future__ import annotations

import sys

from celery import Celery
from spoken import answer_orders

RESULT_S = 30.0


def opened(url: str) -> Celery:
    """Return the application, with one task, which does nothing."""
    app = Celery("peer", broker=url, backend=url)
    app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True)
    app.task(name="noop")(noop)
    return app


def noop(word: str) -> str:
    """Do nothing."""
    return word


def main(verb: str, url: str, *how: str) -> None:
    """Work, or take orders."""
    app = opened(url)
    if verb == "work":
        app.worker_main(["worker", "--pool=threads", f"--concurrency={how[0]}", "--loglevel=WARNING"])
        return
    # Who only sends needs no result backend, and is quicker without; the worker stores the results all the same.
    sender = app if how else Celery("sender", broker=url)
    answer_orders(
        enqueue=lambda: sender.send_task("noop", ("hello",)),
        ask=lambda: app.send_task("noop", ("hello",)).get(timeout=RESULT_S),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
