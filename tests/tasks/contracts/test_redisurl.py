"""Where a Redis is, as each library writes it."""

from __future__ import annotations

import doctest

import pytest

from tasks.contracts import redisurl
from tasks.contracts.redisurl import broker_url, is_sound


def test_the_examples_hold() -> None:
    ran = doctest.testmod(redisurl)
    assert (ran.failed, ran.attempted > 0) == (0, True)


@pytest.mark.parametrize(
    ("url", "sound"),
    {
        "redis://127.0.0.1:6379/0": True,
        "rediss://user:secret@example.org": True,
        "unix:///run/redis.sock": True,
        "unix://user:secret@/run/redis.sock?db=3": True,
        "unix://run/redis.sock": False,
        "unix://": False,
        "unix:///": False,
        "unix:/run/redis.sock": False,
        "redis://h:0": False,
        "redis://h:x": False,
        "http://h": False,
        "h:6379": False,
    }.items(),
)
def test_what_cannot_be_the_address_of_a_redis_is_known(url: str, *, sound: bool) -> None:
    assert is_sound(url) is sound


def test_a_port_is_told_to_the_broker_as_it_is() -> None:
    assert broker_url("rediss://a:b@h:1/2?ssl_cert_reqs=none") == "rediss://a:b@h:1/2?ssl_cert_reqs=none"
