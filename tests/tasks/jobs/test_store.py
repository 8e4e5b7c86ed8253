from __future__ import annotations

import asyncio

from tasks.contracts.jobs import JobState
from tasks.jobs import moves
from tasks.jobs.store import AsyncStore
from tests.tasks.jobs.flock import Flock


def test_a_redis_that_forgot_the_moves_is_told_them_again(flock: Flock):
    job = flock.submit()
    flock.client.script_flush()
    assert flock.store.run(moves.read_job(job)).state is JobState.QUEUED
    assert flock.withdraw(job) is JobState.WITHDRAWN


def test_a_redis_that_forgot_the_moves_is_told_them_again_by_who_awaits(flock: Flock):
    job = flock.submit()
    flock.client.script_flush()

    async def read() -> JobState:
        store = AsyncStore.open(flock.url)
        try:
            return (await store.run(moves.read_job(job))).state
        finally:
            await store.close()

    assert asyncio.run(read()) is JobState.QUEUED
