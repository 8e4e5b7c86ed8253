"""Whether this machine and Redis agree on the time. Leases are by Redis alone; beat, logs and people are not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import redis

from tasks.contracts.settings import Settings
from workers.doctor.findings import Finding, Level
from workers.doctor.ledger import TIMEOUT_S
from workers.supervision.redis_check import probing

CHECK = "clock"
#: Beyond this, lines of two machines' logs can no longer be put in order.
MOST_SKEW_S = 2.0
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Skew:
    """How far this machine is ahead of Redis, known to `within_s` either way."""

    ahead_s: float
    within_s: float


def look(settings: Settings, now_s: Callable[[], float] = time.time) -> list[Finding]:
    """Return whether the clocks agree, or nothing where Redis does not answer: that is another check's to say."""
    try:
        return [judge(gather(settings.redis_url, now_s))]
    except (redis.RedisError, OSError, ValueError):
        return []


def gather(url: str, now_s: Callable[[], float]) -> Skew:
    """Return the difference between `now_s` and the clock of the Redis at `url`."""
    with probing(url, TIMEOUT_S) as connection:
        connection.ping()  # so that the time to connect is none of the round trip's
        before_s = now_s()
        seconds, microseconds = connection.time()
        after_s = now_s()
    there_s = seconds + microseconds / MICROSECONDS
    return Skew((before_s + after_s) / 2 - there_s, (after_s - before_s) / 2)


def judge(skew: Skew) -> Finding:
    """Return whether that is close enough."""
    apart_s = abs(skew.ahead_s)
    if apart_s - skew.within_s <= MOST_SKEW_S:
        return Finding(CHECK, Level.OK, "this machine and Redis agree on the time")
    way = "ahead of" if skew.ahead_s > 0 else "behind"
    what = f"this machine's clock is {_told(apart_s)} {way} that of Redis: what is due comes at the wrong time"
    return Finding(CHECK, Level.WARNING, what, "let both machines set their clocks by NTP (`timedatectl set-ntp true`)")


def _told(seconds: float) -> str:
    """Return a duration in the largest unit that there are two of."""
    units = ((3600, "h"), (60, "min"), (1, "s"))
    size, unit = next(((size, unit) for size, unit in units if round(seconds) >= 2 * size), units[-1])
    return f"{seconds / size:.0f} {unit}"
