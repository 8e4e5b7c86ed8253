"""A clock of Redis in a test's hands: the scripts read it from a key, in the place of TIME."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tasks.jobs import scripts
from tests.tasks.jobs.flock import Flock

TIME = "local NOW = now_ms()"
FROM_KEY = "local NOW = tonumber(redis.call('GET', 'test:clock'))"
START_MS = 1_750_000_000_000


class RedisClock:
    """Stands still until it is moved on."""

    def __init__(self, flock: Flock) -> None:
        self.flock, self.now_ms = flock, START_MS
        self.later(0)

    def later(self, ms: int) -> None:
        """Let so much time pass."""
        self.now_ms += ms
        self.flock.client.set("test:clock", self.now_ms)


@contextmanager
def held(flock: Flock) -> Iterator[RedisClock]:
    """Have the clock in hand while the block runs."""
    real = scripts.read
    assert real("lib").count(TIME) == 1, "lib.lua reads the time in another way: mend this clock"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scripts, "read", lambda name: real(name).replace(TIME, FROM_KEY))
        scripts.script.cache_clear()
        yield RedisClock(flock)
    scripts.script.cache_clear()
