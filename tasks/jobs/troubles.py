"""What somebody should know of a host, a sentence each: models that fail, loads that wait or failed, plans. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tasks.jobs.durations import S, age
from tasks.jobs.health import OPEN, PROBATION, TRUSTED, host_health
from tasks.jobs.values import HostSeen

TELLS = {PROBATION: "gets one job at a time after", OPEN: "gets no jobs for a while after"}


def troubles_of(host: HostSeen) -> Iterator[str]:
    """Yield what there is to know of a host; nothing of one that is gone."""
    if not host.live:
        return
    for model in host_health(host).models:
        if model.standing != TRUSTED and model.trouble:
            yield f"{model.model} {TELLS[model.standing]} {model.trouble}"
    memory = host.about.get("memory") or {}
    if trouble := memory.get("trouble"):
        yield f"the engine does not answer: {trouble}"
    yield from _plans(memory)
    for failure in memory.get("failures", []):
        again = "given up" if failure["gave_up"] else f"again in {age(failure['again_in_s'] * S)}"
        reason = f"{failure['kind']}: {failure['reason']}"
        yield f"{failure['slug']} would not load, {again} ({reason})"
    adapters = host.about.get("adapters") or {}
    yield from adapters.get("troubles", {}).values()


def _plans(memory: Mapping[str, Any]) -> Iterator[str]:
    for load in memory.get("loads", []):
        if load.get("awaits"):
            yield f"{load['slug']} is loaded when no work is left for {' and '.join(load['awaits'])}"
    if reserved := memory.get("reserved"):
        yield f"the next load is kept for {reserved}, which had no turn for too long"
    for slug in memory.get("too_large", []):
        yield f"{slug} is larger than all of its memory, and never loaded there"
