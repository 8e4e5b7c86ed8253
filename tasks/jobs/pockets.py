"""Short-lived values that must not ride in jobs: tokens by which a platform lets one answer, for some minutes."""

from __future__ import annotations

from tasks.jobs.values import MS, Move


def put(name: str, value: str, life_s: float) -> Move[bool]:
    """Keep a value for so long, in the place of what was there."""
    return Move("pocket", (name, value, max(1, int(life_s * MS))), bool, rings=False)


def get(name: str) -> Move[str]:
    """Return a value; empty: it is gone."""
    return Move("pocketed", (name,), str, rings=False)


def drop(name: str) -> Move[bool]:
    """Take a value away before its time; False: it was gone."""
    return Move("pocket", (name, "", 0), bool, rings=False)
