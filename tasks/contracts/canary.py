"""Which adapter answers a job: what is served for its persona, and for a part of its jobs the one that is tried. Pure.

Whoever asks for one job gets the same answer as long as nothing else is served, so no reply mixes two adapters.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import Field

from tasks.contracts.messages import Value

BASE = ""
"""What stands where a version would: no adapter, the base model alone."""
VERSION = r"^[0-9]{8}-[0-9a-f]{8}$"
Version = Annotated[str, Field(pattern=f"{VERSION}|^$")]
"""As `20261122-ab12cd34`: the day it was made, and how the digest of its weights begins. Empty: the base."""
_HASH_BYTES = 8


class Served(Value):
    """What answers for a persona. Each change of it is one more of `serial`; of two, the one with more holds."""

    serial: int = Field(default=0, ge=0)
    """0: nothing was ever served but the base."""
    current: Version = BASE
    previous: Version = BASE
    """What a rollback goes back to."""
    canary: Version = BASE
    """What is tried on a part of the jobs; empty: nothing is."""
    share: float = Field(default=0.0, ge=0, le=1)
    """Of the jobs, that the canary answers."""
    unrated: bool = False
    """Whether no people had judged the canary when it began."""


def version_for(served: Served, job: str) -> str:
    """Return the version that answers a job; empty: the base.

    >>> version_for(Served(serial=1, current="20261122-ab12cd34"), "job-1")
    '20261122-ab12cd34'
    """
    return served.canary if is_tried(served, job) else served.current


def is_tried(served: Served, job: str) -> bool:
    """Return whether a job is one of those that the canary answers."""
    return bool(served.canary) and position(served.canary, job) < served.share


def position(canary: str, job: str) -> float:
    """Return where in [0, 1) a job stands for a canary: evenly spread, and anew for each canary.

    >>> position("20261122-ab12cd34", "job-1") == position("20261122-ab12cd34", "job-1")
    True
    """
    digest = hashlib.sha256(f"{canary}\0{job}".encode()).digest()[:_HASH_BYTES]
    return int.from_bytes(digest, "big") / (1 << 8 * _HASH_BYTES)
