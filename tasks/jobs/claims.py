"""Memory of a host that something else than its models needs for a while: training. Its agent sees it and makes room.

Like a load of somebody else it is charged against what models may take, and it ends by itself when nobody renews it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.jobs import pockets
from tasks.jobs.values import Move

LIFE_S = 30.0
EVERY_S = LIFE_S / 4
TRAINING = "training"  # what it is called among what a host charges
DIGITS = 3


def claim(host: str, gib: float, life_s: float = LIFE_S) -> Move[bool]:
    """Claim so much of a host's memory; to be said again before it ends."""
    return pockets.put(_named(host), f"{gib:.{DIGITS}f}", life_s)


def release(host: str) -> Move[bool]:
    """Give it back, at once."""
    return pockets.drop(_named(host))


def is_granted(about: Mapping[str, Any]) -> bool:
    """Return whether a host, as its agent describes it, has charged a claim and has the room for it.

    >>> is_granted({"memory": {"foreign": {"training": 4.0}, "free_gib": -1.0}})
    False
    >>> is_granted({"memory": {"foreign": {"training": 4.0}, "free_gib": 0.0}})
    True
    """
    memory = about.get("memory", {})
    free_gib = memory.get("free_gib")
    return TRAINING in memory.get("foreign", {}) and (free_gib is None or free_gib >= 0)


def _named(host: str) -> str:
    return f"claim:{host}"  # look.lua reads it
