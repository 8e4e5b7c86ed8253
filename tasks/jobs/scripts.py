"""The ledger's Lua moves, read from the package. Each is what moves share and one file, run as one atomic call."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from importlib.resources import files

SHARED = ("lib", "rooms", "measuring", "ends", "fleet")
# What stands before a move, after what all share.
BESIDES = {
    **dict.fromkeys(("submit", "reroute", "sweep"), ("serving",)),
    **dict.fromkeys(("forget", "unsay"), ("summing",)),
}


@dataclass(frozen=True)
class Script:
    """One move's source and the digest that Redis knows it by."""

    name: str
    source: str

    @functools.cached_property
    def sha(self) -> str:
        """Return the SHA-1 that EVALSHA takes."""
        return hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()


def read(name: str) -> str:
    """Return the text of one Lua file of the package."""
    return (files("tasks.jobs") / "lua" / f"{name}.lua").read_text(encoding="utf-8")


@functools.cache
def script(name: str) -> Script:
    """Return the move called `name`."""
    return Script(name, "\n".join(map(read, (*SHARED, *BESIDES.get(name, ()), name))))
