"""arq: `arq_peer.py work URL JOBS` is a worker that has so many in hand, `arq_peer.py orders URL` takes orders.

It looks for jobs and for results every 10 ms instead of every 500.
"""

from __future__ import annotations

import asyncio
import sys

from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from arq.worker import Worker
from spoken import answer_orders

POLL_S, RESULT_S = 0.01, 30.0


async def noop(_context: dict[str, object], word: str) -> str:
    """Do nothing."""
    return word


async def ask(pool: ArqRedis) -> None:
    """Enqueue one, and wait for its result."""
    job = await pool.enqueue_job("noop", "hello")
    assert job is not None
    await job.result(timeout=RESULT_S, poll_delay=POLL_S)


def main(verb: str, url: str, *jobs: str) -> None:
    """Work, or take orders."""
    settings = RedisSettings.from_dsn(url)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    if verb == "work":
        Worker(functions=[noop], redis_settings=settings, max_jobs=int(jobs[0]), poll_delay=POLL_S).run()
        return
    pool = loop.run_until_complete(create_pool(settings))
    answer_orders(
        enqueue=lambda: loop.run_until_complete(pool.enqueue_job("noop", "hello")),
        ask=lambda: loop.run_until_complete(ask(pool)),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
