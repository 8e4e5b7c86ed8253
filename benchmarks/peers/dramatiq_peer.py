"""Dramatiq: `dramatiq_peer.py work URL THREADS` is a worker process, `dramatiq_peer.py orders URL` takes orders."""

from __future__ import annotations

import sys
import threading

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend
from spoken import answer_orders

RESULT_MS = 30_000


def noop(word: str) -> str:
    """Do nothing."""
    return word


def main(verb: str, url: str, *threads: str) -> None:
    """Work, or take orders."""
    broker = RedisBroker(url=url)
    broker.add_middleware(Results(backend=RedisBackend(url=url)))
    dramatiq.set_broker(broker)  # where a message looks for the results
    actor = dramatiq.actor(noop, broker=broker, store_results=True)
    if verb == "work":
        dramatiq.Worker(broker, worker_threads=int(threads[0])).start()
        threading.Event().wait()
    answer_orders(
        enqueue=lambda: actor.send("hello"), ask=lambda: actor.send("hello").get_result(block=True, timeout=RESULT_MS)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
