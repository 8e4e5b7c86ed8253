"""Ears, against a real Redis."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
import redis.exceptions

from tasks.contracts.errors import StoreUnavailable
from tasks.jobs import ears as ears_module
from tasks.jobs.ears import IDLE, AsyncEars, Ears
from tasks.jobs.store import AsyncStore
from tests.tasks.jobs.flock import Flock

PATIENCE_S = 10.0


@pytest.fixture
def ears(flock: Flock) -> Any:
    made = Ears(flock.store)
    yield made
    made.close()


def say(flock: Flock, job: str, word: str) -> None:
    flock.client.publish(flock.store.key("watch", job), word)


def connections(flock: Flock, expected: int) -> int:
    """Return how many listen, once it is as many as expected: Redis sees an end a little later."""
    ends_s = time.monotonic() + PATIENCE_S
    while (count := sum(one["sub"] != "0" for one in flock.client.client_list())) != expected:
        if time.monotonic() > ends_s:
            break
        time.sleep(0.01)
    return count


def test_what_is_said_as_soon_as_one_listens_is_heard(flock: Flock, ears: Ears):
    with ears.on("a") as hear:
        say(flock, "a", "one")
        say(flock, "a", "two")
        assert [hear(), hear()] == ["one", "two"]


def test_silence_is_told_after_a_while(ears: Ears, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ears_module, "LOOK_S", 0.01)
    with ears.on("a") as hear:
        assert hear() is None


def test_the_next_watch_uses_the_same_connection_and_hears_nothing_of_the_last_job(flock: Flock, ears: Ears):
    with ears.on("a") as hear:
        say(flock, "a", "one")
        assert hear() == "one"
    assert connections(flock, 1) == 1
    say(flock, "a", "late")
    with ears.on("b") as hear:
        say(flock, "a", "later")
        say(flock, "b", "two")
        assert hear() == "two"
    assert connections(flock, 1) == 1


def test_the_same_job_may_be_watched_again(flock: Flock, ears: Ears):
    for word in ("one", "two"):
        with ears.on("a") as hear:
            say(flock, "a", word)
            assert hear() == word


def test_two_at_a_time_have_a_connection_each(flock: Flock, ears: Ears):
    with ears.on("a") as hear_a, ears.on("b") as hear_b:
        say(flock, "b", "two")
        say(flock, "a", "one")
        assert (hear_a(), hear_b()) == ("one", "two")


def test_no_more_than_a_few_connections_are_kept(flock: Flock, ears: Ears):
    listening = [ears.on(f"job{number}") for number in range(IDLE + 3)]
    for one in listening:
        one.__enter__()
    assert connections(flock, IDLE + 3) == IDLE + 3
    for one in listening:
        one.__exit__(None, None, None)
    assert connections(flock, IDLE) == IDLE


def test_a_connection_that_was_cut_while_idle_is_replaced(flock: Flock, ears: Ears):
    with ears.on("a"):
        pass
    flock.client.client_kill_filter(_type="pubsub")
    with ears.on("b") as hear:
        say(flock, "b", "one")
        assert hear() == "one"


def test_a_watch_that_failed_leaves_no_connection(flock: Flock, ears: Ears):
    with pytest.raises(redis.exceptions.ResponseError), ears.on("a"):
        raise redis.exceptions.ResponseError
    assert connections(flock, 0) == 0


def test_the_asyncio_face_does_the_same(flock: Flock):
    async def scene() -> list[str | None]:
        store = AsyncStore.open(flock.url)
        ears, heard = AsyncEars(store), []
        for job in ("a", "b", "b"):
            async with ears.on(job) as hear:
                say(flock, "a", "late") if job == "b" else None
                say(flock, job, json.dumps({"of": job}))
                heard.append(await hear())
        assert await asyncio.to_thread(connections, flock, 1) == 1
        with pytest.raises(redis.exceptions.ResponseError):
            async with ears.on("a"):
                raise redis.exceptions.ResponseError
        assert await asyncio.to_thread(connections, flock, 0) == 0
        await ears.close()
        await store.close()
        return heard

    assert asyncio.run(scene()) == ['{"of": "a"}', '{"of": "b"}', '{"of": "b"}']


def test_a_watch_that_is_left_early_keeps_its_connection(flock: Flock, ears: Ears, monkeypatch: pytest.MonkeyPatch):
    def watch() -> Any:
        with ears.on("a") as hear:
            while True:
                yield hear()

    watching = watch()
    monkeypatch.setattr(ears_module, "LOOK_S", 0.01)
    assert next(watching) is None
    watching.close()
    assert connections(flock, 1) == 1


def test_an_ear_with_a_name_hears_of_the_jobs_that_were_submitted_with_it(flock: Flock, ears: Ears):
    with ears.named() as (name, hear):
        say(flock, name, "b\ntwo")
        say(flock, name, "a\none")
        assert hear("a") == "one", "another job is none of its business, and no silence either"
    with ears.named() as (again, hear):
        assert again == name, "and is used again"
        say(flock, name, "c\nthree\nlines")
        assert hear("c") == "three\nlines"
    assert connections(flock, 1) == 1


def test_no_more_than_a_few_named_ears_are_kept(flock: Flock, ears: Ears):
    listening = [ears.named() for _ in range(IDLE + 3)]
    for one in listening:
        one.__enter__()
    for one in listening:
        one.__exit__(None, None, None)
    assert connections(flock, IDLE) == IDLE


def test_a_named_ear_of_a_redis_that_failed_is_not_kept(flock: Flock, ears: Ears):
    with pytest.raises(StoreUnavailable), ears.named():
        raise StoreUnavailable("away")
    assert connections(flock, 0) == 0


def test_who_leaves_before_an_ear_is_there_leaves_no_connection(flock: Flock, monkeypatch: Any):
    subscribed = asyncio.Event()

    def never(_heard: object, _channel: str) -> bool:
        subscribed.set()
        return False

    async def scene() -> int:
        monkeypatch.setattr(ears_module, "_confirms", never)
        store = AsyncStore.open(flock.url)
        ears = AsyncEars(store)
        entering = asyncio.ensure_future(ears.on("a").__aenter__())
        await subscribed.wait()
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering
        left = await asyncio.to_thread(connections, flock, 0)
        await ears.close()
        await store.close()
        return left

    assert asyncio.run(scene()) == 0
