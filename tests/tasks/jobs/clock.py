"""A clock of Redis in a test's hands: the scripts of one store read it from a key, in the place of TIME."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tasks.jobs.scripts import Script
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
    """Have the clock of this flock in hand while the block runs."""
    real, made = flock.store._eval, dict[str, Script]()

    def by_this_clock(chosen: Script, args: tuple[Any, ...]) -> Any:
        assert chosen.source.count(TIME) == 1, "lib.lua reads the time in another way: mend this clock"
        if chosen.name not in made:
            made[chosen.name] = Script(chosen.name, chosen.source.replace(TIME, FROM_KEY))
        return real(made[chosen.name], args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flock.store, "_eval", by_this_clock)
        yield RedisClock(flock)
