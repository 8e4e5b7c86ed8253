"""Which adapter is served for each persona, as workers read it. The registry is the truth; this is its copy in Redis.

Whoever writes says which change it is by its serial, so one who comes late with an older one changes nothing.
"""

from __future__ import annotations

import json
from typing import Any

from tasks.contracts.canary import Served
from tasks.jobs import record
from tasks.jobs.values import Move


def put(persona: str, served: Served) -> Move[bool]:
    """Note what is served for a persona; False: the same or something newer stands there already."""
    return Move("adapters", ("put", persona, served.serial, served.model_dump_json()), bool, rings=False)


def put_instead(persona: str, served: Served, serial: int) -> Move[bool]:
    """Note it in the place of what has this very serial, although that is newer; False: it is not there any more.

    For a registry that was put back to an earlier state: what the ledger knew of a later one holds no longer.
    """
    args = ("instead", persona, serial, served.model_dump_json() if served.serial else "")
    return Move("adapters", args, bool, rings=False)


def of(persona: str) -> Move[Served]:
    """Return what is served for a persona."""

    def read(answer: list[Any]) -> Served:
        return _all(answer).get(persona, Served())

    return Move("adapters", ("get", persona), read, rings=False)


def every() -> Move[dict[str, Served]]:
    """Return what is served for every persona that anything was ever served for."""
    return Move("adapters", ("all",), _all, rings=False)


def _all(answer: list[Any]) -> dict[str, Served]:
    found = {persona: _read(told) for persona, told in record.paired(answer).items()}
    return {persona: served for persona, served in found.items() if served is not None}


def _read(told: str) -> Served | None:
    """Return what was written, as far as it is known here; None: nobody here can read it, so the base answers."""
    try:
        said = json.loads(told)
        return Served.model_validate({name: said[name] for name in Served.model_fields if name in said})
    except (ValueError, TypeError):
        return None
