"""A process dies in the middle of an answer: the same message goes on and is completed, and nothing is said twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
import redis

from tasks.contracts.errors import RookeryError
from tests.bots.end_to_end.flock import REDIS, TALKER, Chat, Flock, until

pytestmark = [pytest.mark.slow, pytest.mark.faults]


def kill_bot(chat: Chat) -> None:
    chat.flock.replaced(lambda: chat.flock.bot(chat.platform))


def kill_redis(chat: Chat) -> None:
    chat.flock.replaced(lambda: chat.flock.processes(REDIS))
    until(lambda: _answers(chat.flock), "Redis")


def kill_worker(chat: Chat) -> None:
    (worker,) = chat.flock.worker()
    os.kill(worker, signal.SIGKILL)


def _answers(flock: Flock) -> bool:
    try:
        return bool(flock.jobs())
    except (RookeryError, redis.RedisError):
        return False


@pytest.mark.parametrize("kill", [kill_bot, kill_redis, kill_worker])
def test_the_same_message_goes_on_and_is_completed(chat: Chat, kill: Callable[[Chat], None]) -> None:
    before = chat.elsewhere()
    with chat.flock.amid(chat, f"{TALKER}, tell me something") as asked:
        until(chat.versions, "the first words")
        (number,), (seen,) = chat.numbers(), chat.texts()
        kill(chat)
    job = chat.flock.ended(asked)
    until(lambda: chat.texts() == [job.text], "the whole answer")
    assert chat.numbers() == [number]
    assert chat.answered() == [asked.message]
    assert seen != job.text
    assert job.text.startswith(seen)
    assert job.model == "babble"
    assert chat.elsewhere() == before
