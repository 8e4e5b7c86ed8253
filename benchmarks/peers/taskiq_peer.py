"""Taskiq on a Redis list: `taskiq_peer.py work URL TASKS` is a worker, `taskiq_peer.py orders URL` takes orders.

Results are looked for every 10 ms instead of every 200.
"""

from __future__ import annotations

import asyncio
import sys

from spoken import answer_orders
from taskiq import AsyncTaskiqDecoratedTask
from taskiq.api import run_receiver_task
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend

POLL_S, RESULT_S = 0.01, 30.0


async def noop(word: str) -> str:
    """Do nothing."""
    return word


async def ask(task: AsyncTaskiqDecoratedTask[[str], str]) -> None:
    """Enqueue one, and wait for its result."""
    sent = await task.kiq("hello")
    await sent.wait_result(check_interval=POLL_S, timeout=RESULT_S)


def main(verb: str, url: str, *tasks: str) -> None:
    """Work, or take orders."""
    loop = asyncio.new_event_loop()
    broker = ListQueueBroker(url).with_result_backend(RedisAsyncResultBackend(url))
    task = broker.register_task(noop, task_name="noop")
    if verb == "work":
        loop.run_until_complete(run_receiver_task(broker, max_async_tasks=int(tasks[0]), run_startup=True))
        return
    loop.run_until_complete(broker.startup())
    answer_orders(
        enqueue=lambda: loop.run_until_complete(task.kiq("hello")), ask=lambda: loop.run_until_complete(ask(task))
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
