"""Redis forgets everything, as by FLUSHALL or with an empty disk: that is told, and everything starts anew."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tasks.contracts.errors import RookeryError, UnknownJob
from tasks.jobs.gateway import Gateway
from tests.faults.chat import now_ms
from tests.faults.house import House, until
from tests.faults.invariants import check
from tests.faults.judging import RECOVERS
from tests.faults.load import Talk
from tests.faults.notebook import NOTEBOOK

pytestmark = [pytest.mark.faults, pytest.mark.slow]
BEFORE_S, AFTER_S = 3.0, 8.0
STORY = "a long story !slow 1"
TOLD_S = 20.0
NEWS = "the ledger does not know this agent any more"


def follow(house: House, job: str) -> str:
    """Watch a job to its end, and return how that was."""
    try:
        return list(Gateway(house.store).watch(job))[-1].__class__.__name__
    except RookeryError as exc:
        return type(exc).__name__


def test_redis_may_forget_everything(house: House):
    story = house.chat.say(STORY)
    job = house.await_state(story, "generating").job
    with ThreadPoolExecutor(1) as pool, Talk(house.chat) as talk:
        watcher: Future[str] = pool.submit(follow, house, job)
        time.sleep(BEFORE_S)
        house.store.client.flushall()
        forgotten_ms = now_ms()
        assert watcher.result(TOLD_S) == UnknownJob.__name__, "who waits is told, and does not wait for ever"
        time.sleep(AFTER_S)
    after = [message for message in house.chat.said_since(forgotten_ms) if message in talk.messages]
    house.await_answers(after)
    check(house, after, lifted_ms=[forgotten_ms])
    answered = {post.job for post in house.chat.posts()}
    lost = [message for message in [story, *talk.messages] if house.chat.job(message) not in answered]
    NOTEBOOK.page.tell(forgotten_with_their_records=len(lost))
    assert set(lost).isdisjoint(after)
    for host in house.hosts:
        log = house.folder / "logs" / f"host-{host}.log"
        until(lambda: NEWS in log.read_text("utf-8"), TOLD_S)  # noqa: B023 (called here and now)
    assert NOTEBOOK.page.verdicts[RECOVERS] == [1, 0]
