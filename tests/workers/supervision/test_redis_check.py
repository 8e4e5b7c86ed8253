from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis

from tasks.contracts.errors import ConfigurationError, StoreUnavailable
from tests.emulators.old_redis import old_redis
from workers.supervision.redis_check import (
    check_redis,
    judge_settings,
    parse_version,
    refuse_server,
    wait_ready,
    without_password,
)


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", (7, 0, 15)),
        ("Valkey server v=8.1.0 sha=00000000:0", (8, 1, 0)),
        ("6.2.14", (6, 2, 14)),
        ("redis 7", None),
        ("", None),
    ],
)
def test_versions_are_read_as_servers_write_them(said: str, version: tuple[int, int, int] | None):
    assert parse_version(said) == version


@pytest.mark.parametrize(
    ("info", "wanted"),
    [
        ({"redis_version": "5.0.7"}, r"Redis at here is 5\.0\.7, and 6\.2\.0 is the oldest that works → upgrade it"),
        ({"redis_version": "6.0.16"}, "the oldest that works"),
        ({}, "the oldest that works"),
        ({"redis_version": "7.2.4", "redis_mode": "cluster"}, "is a cluster.*point REDIS_URL at a single Redis"),
    ],
)
def test_a_server_that_cannot_be_used_is_refused(info: dict[str, Any], wanted: str):
    with pytest.raises(ConfigurationError, match=wanted):
        refuse_server(info, "here")


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "always"}, []),
        ({"maxmemory-policy": "allkeys-lru", "appendonly": "yes", "appendfsync": "always"}, ["maxmemory-policy"]),
        ({"maxmemory-policy": "noeviction", "appendonly": "no", "appendfsync": "always"}, ["appendonly no"]),
        ({"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec"}, ["appendfsync everysec"]),
        ({"maxmemory-policy": "volatile-lru", "appendonly": "no"}, ["maxmemory-policy", "appendonly no"]),
    ],
)
def test_settings_that_lose_messages_are_reported(settings: dict[str, str], wanted: list[str]):
    found = judge_settings(settings)
    assert [word in finding.message for word, finding in zip(wanted, found, strict=True)] == [True] * len(wanted)


def test_a_redis_as_we_configure_it_has_no_findings(redis_url: str):
    assert check_redis(redis_url) == []


def test_a_redis_that_was_changed_has_findings(redis_url: str):
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            [finding] = check_redis(redis_url)
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert finding.next_step == "CONFIG SET maxmemory-policy noeviction"


def test_a_redis_that_hides_its_settings_is_used_with_a_finding(redis_url: str):
    with redis.Redis.from_url(redis_url) as client:
        client.acl_setuser("guest", enabled=True, passwords=["+secret"], keys=["*"], commands=["+@all", "-config"])
        try:
            found = check_redis(redis_url.replace("://", "://guest:secret@"))
        finally:
            client.acl_deluser("guest")
    assert [finding.message for finding in found] == ["Redis does not let its settings be read"]


def test_a_wrong_password_is_said_at_once_and_not_shown(redis_url: str):
    with pytest.raises(ConfigurationError, match=r"refused us.*check its password") as caught:
        wait_ready(redis_url.replace("://", "://somebody:hunter2@"), timeout_s=1000.0)
    assert "hunter2" not in str(caught.value)


def test_a_redis_that_does_not_answer_is_named(free_port: Callable[[], int]):
    port = free_port()
    with pytest.raises(StoreUnavailable, match=rf"Redis at redis://127\.0\.0\.1:{port}/0 does not answer"):
        wait_ready(f"redis://127.0.0.1:{port}/0", timeout_s=0.1)


@pytest.mark.parametrize(("version", "knows_hello"), [("5.0.7", False), ("6.0.16", True)])
def test_a_redis_that_is_too_old_is_told_so_whatever_it_understands(version: str, knows_hello: bool):
    with (
        old_redis(version, knows_hello=knows_hello) as url,
        pytest.raises(ConfigurationError, match=rf"is {version}, and 6\.2\.0 is the oldest that works"),
    ):
        check_redis(url)


def test_a_url_of_something_else_is_refused():
    with pytest.raises(ConfigurationError, match="'http://localhost' is no Redis URL"):
        check_redis("http://localhost")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://me:secret@host:1/0", "redis://me:***@host:1/0"),
        ("redis://:secret@host", "redis://:***@host"),
        ("redis://host:1/0", "redis://host:1/0"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str):
    assert without_password(url) == shown
