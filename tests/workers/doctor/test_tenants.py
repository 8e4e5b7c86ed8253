from __future__ import annotations

from collections.abc import Callable

import kombu
import redis

from tasks.celery import app
from tasks.contracts.queues import MEMORY, UPKEEP, model_queue
from tests.tasks.jobs.flock import Flock
from workers.doctor.findings import Level
from workers.doctor.tenants import SAMPLE, look


def put(url: str, *keys: str) -> None:
    with redis.Redis.from_url(url) as client:
        for key in keys:
            client.set(key, "x")


def test_what_the_ledger_and_celery_keep_is_ours(redis_url: str, told_redis):
    flock = Flock(redis_url)
    flock.host("anvil")
    flock.submit()
    with kombu.Connection(redis_url) as connection:
        for name in (UPKEEP, MEMORY, model_queue("demo")):
            with connection.SimpleQueue(name) as queue:
                queue.put("x")
        node = app.control.mailbox(connection).Node("upkeep@here", channel=connection.default_channel)
        with node.listen(), app.events.Dispatcher(connection, hostname="upkeep@here") as dispatcher:
            dispatcher.send("worker-online")
            seen, found = set(flock.client.keys()), look(told_redis(redis_url))
    assert {UPKEEP, MEMORY, "model.demo", "rookery:live", "_kombu.binding.celery.pidbox"} <= seen
    assert found == []


def test_another_environment_in_the_same_db_is_a_problem(redis_url: str, told_redis):
    put(redis_url, "rookery:live", "rookery-staging:live")
    [found] = look(told_redis(redis_url))
    assert (found.level, "(rookery-staging)" in found.what) == (Level.PROBLEM, True)
    assert "the number at the end of REDIS_URL" in found.next_step


def test_another_application_in_the_same_db_is_a_warning_that_shows_no_more_than_it_must(redis_url: str, told_redis):
    put(redis_url, "rookery:live", "session:hunter2", "shop:cart:7", "celery", "a", "b")
    [found] = look(told_redis(redis_url))
    assert (found.level, "(keys such as a, b, celery …)" in found.what) == (Level.WARNING, True)
    assert "hunter2" not in found.what


def test_a_large_db_is_looked_at_in_part(redis_url: str, told_redis):
    with redis.Redis.from_url(redis_url) as client:
        client.mset({f"shop:{number}": "x" for number in range(10 * SAMPLE)})
    [found] = look(told_redis(redis_url))
    assert "keys such as shop" in found.what


def test_keys_of_any_bytes_are_read(redis_url: str, told_redis):
    with redis.Redis.from_url(redis_url) as client:
        client.set(b"\xff\xfe:1", "x")
    assert [finding.level for finding in look(told_redis(redis_url))] == [Level.WARNING]


def test_a_redis_that_does_not_answer_is_left_to_the_check_of_that(told_redis, free_port: Callable[[], int]):
    assert look(told_redis(f"redis://127.0.0.1:{free_port()}/0")) == []
