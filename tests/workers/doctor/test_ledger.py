from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import redis

from tests.emulators.old_redis import old_redis
from workers.doctor.findings import Finding, Level
from workers.doctor.ledger import gather, judge, look
from workers.supervision.redis_check import server_info

OK = [Level.OK, Level.OK]


@contextlib.contextmanager
def configured(url: str, **values: str) -> Iterator[None]:
    """Have other settings at a Redis for a while."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        names = {key.replace("_", "-"): value for key, value in values.items()}
        before = {name: client.config_get(name)[name] for name in names}
        for name, value in names.items():
            client.config_set(name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                client.config_set(name, value)


def levels(found: list[Finding]) -> list[Level]:
    return [finding.level for finding in found]


def test_a_redis_as_we_configure_it_is_well(redis_url: str, told_redis):
    found = look(told_redis(redis_url))
    assert levels(found) == OK
    assert redis_url in found[0].what


def test_a_redis_out_of_its_box_loses_messages(plain_redis: str, told_redis):
    reached, found = look(told_redis(plain_redis))
    assert (reached.level, found.level) == (Level.OK, Level.PROBLEM)
    assert found.what == "Redis loses accepted messages when it is killed (appendonly no)"
    assert found.next_step.startswith(f"run `redis-cli -u {plain_redis} CONFIG SET appendonly yes`")


def test_a_redis_that_writes_once_a_second_is_a_warning(redis_url: str, told_redis):
    with configured(redis_url, appendfsync="everysec"):
        _, found = look(told_redis(redis_url))
    assert (found.level, "may lose its last second" in found.what) == (Level.WARNING, True)


def test_a_redis_that_evicts_is_a_problem(redis_url: str, told_redis):
    with configured(redis_url, maxmemory_policy="allkeys-lru"):
        _, found = look(told_redis(redis_url))
    assert (found.level, found.what) == (Level.PROBLEM, "Redis may evict jobs (maxmemory-policy allkeys-lru)")


def test_a_redis_that_is_nearly_full_is_a_warning(plain_redis: str, told_redis):
    with redis.Redis.from_url(plain_redis) as client:
        limit = int(client.info("memory")["used_memory"] * 1.2)
    with configured(plain_redis, maxmemory=str(limit)):
        found = look(told_redis(plain_redis))[-1]
    assert (found.level, "(maxmemory)" in found.what) == (Level.WARNING, True)


def test_a_redis_that_cannot_write_its_log_is_a_problem(redis_url: str):
    ledger = gather(redis_url, server_info(redis_url))
    assert ledger.can_write
    found = list(judge(replace(ledger, can_write=False)))[-1]
    assert (found.level, "append-only file" in found.what) == (Level.PROBLEM, True)


def test_a_redis_that_hides_its_settings_is_noted(redis_url: str, told_redis):
    with redis.Redis.from_url(redis_url) as client:
        client.acl_setuser("guest", enabled=True, passwords=["+secret"], keys=["*"], commands=["+@all", "-config"])
        try:
            found = look(told_redis(redis_url.replace("://", "://guest:secret@")))
        finally:
            client.acl_deluser("guest")
    assert levels(found) == [Level.OK, Level.NOTE]
    assert "secret" not in str(found)


def test_a_wrong_password_is_a_problem_and_is_not_shown(redis_url: str, told_redis):
    [found] = look(told_redis(redis_url.replace("://", "://somebody:hunter2@")))
    assert (found.level, found.next_step) == (Level.PROBLEM, "check its password")
    assert "hunter2" not in found.what


def test_a_named_redis_that_does_not_answer_is_a_problem(told_redis, free_port: Callable[[], int]):
    url = f"redis://127.0.0.1:{free_port()}/0"
    [found] = look(told_redis(url))
    assert (found.level, found.what.startswith(f"Redis at {url} does not answer")) == (Level.PROBLEM, True)


def test_a_redis_that_hangs_is_a_problem_and_is_not_waited_for(told_redis, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("workers.supervision.redis_check.PROBE_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        [found] = look(told_redis(f"redis://127.0.0.1:{silent.getsockname()[1]}/0"))
    assert (found.level, "does not answer" in found.what) == (Level.PROBLEM, True)


def test_our_own_redis_may_be_down_while_nothing_is_up(told, free_port: Callable[[], int]):
    port = free_port()
    [found] = look(told(f"[redis]\nport = {port}\n"))
    assert (found.level, found.what) == (Level.OK, f"no Redis runs on port {port} yet; `rookery up` starts one")


@pytest.mark.parametrize(
    ("version", "knows_hello", "words"),
    [("5.0.7", False, "is 5.0.7, and 6.2.0 is"), ("6.0.16", True, "is 6.0.16, and 6.2.0 is")],
)
def test_a_redis_that_is_too_old_is_a_problem(told_redis, version: str, knows_hello: bool, words: str):
    with old_redis(version, knows_hello=knows_hello) as url:
        [found] = look(told_redis(url))
    assert (found.level, words in found.what) == (Level.PROBLEM, True)
    assert "upgrade it" in found.next_step


def test_a_socket_that_is_not_there_is_a_problem(told_redis):
    [found] = look(told_redis("unix:///nowhere/redis.sock"))
    assert found.level is Level.PROBLEM
