"""RQ: `rq_peer.py work URL` is its worker that forks nothing; `rq_peer.py orders URL` asks."""

from __future__ import annotations

import sys

from redis import Redis
from rq import Queue, SimpleWorker
from spoken import answer_orders

RESULT_S = 30
NOOP = "rq_peer.noop"


def noop(word: str) -> str:
    """Do nothing."""
    return word


def main(verb: str, url: str, *_slots: str) -> None:
    """Work, or take orders."""
    connection = Redis.from_url(url)
    queue = Queue(connection=connection)
    if verb == "work":
        SimpleWorker([queue], connection=connection).work(logging_level="WARNING")
        return
    answer_orders(
        enqueue=lambda: queue.enqueue(NOOP, "hello"),
        ask=lambda: queue.enqueue(NOOP, "hello").latest_result(timeout=RESULT_S),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
