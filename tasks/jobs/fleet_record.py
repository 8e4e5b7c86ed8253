"""From what the scripts of hosts answer to values. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from tasks.jobs import record
from tasks.jobs.demand import Demand, Holder
from tasks.jobs.eta import Prospects, eta_s
from tasks.jobs.fleet_values import FleetLook, FleetStats, Held, Tally
from tasks.jobs.values import Backlog, HostSeen, Status, Word

S = 1000


def look_of(answer: list[Any]) -> FleetLook:
    """Return what `look` saw."""
    now_ms, word, version, residents, candidates, claimed = answer
    return FleetLook(
        now_ms=now_ms,
        word=Word(word),
        version=version,
        residents=tuple(
            Held(slug, busy, (now_ms - int(used)) / S if used else None, demand_of(now_ms, json.loads(demand)))
            for slug, busy, used, demand in residents
        ),
        candidates=tuple(demand_of(now_ms, json.loads(demand)) for demand in candidates),
        claimed_gib=float(claimed or 0),
    )


def demand_of(now_ms: int, answer: list[Any]) -> Demand:
    """Return the demand for one model."""
    slug, people, patient, turn, pace, holders, reserved_by = answer
    times = [tuple(map(int, each.split())) for _, _, found in (people, patient) for each in found]
    weights = tuple(total / looked for total, looked, found in (people, patient) for _ in found)
    return Demand(
        slug=slug,
        count=round(sum(weights)),
        ages_s=tuple((now_ms - queued) / S for queued, _ in times),
        lefts_s=tuple((deadline - now_ms) / S for _, deadline in times),
        turn_s=(now_ms - int(turn)) / S if turn else 0.0,
        service_s=int(pace) / S if pace else None,
        holders=tuple(Holder(host, slots, bool(ready)) for host, slots, ready in grouped(holders, 3)),
        reserved_by=reserved_by,
        stands_for=weights if any(weight != 1.0 for weight in weights) else (),
    )


def eta_of(answer: list[Any]) -> float | None:
    """Return how long a job still takes, by what `read` says of its prospects."""
    if not answer:
        return None
    ahead, busy, slots, pace, loading_slots, loading_for, load = answer
    return eta_s(
        Prospects(
            ahead=ahead,
            busy=busy,
            slots=slots,
            pace_s=int(pace) / S if pace else None,
            loading_slots=loading_slots,
            loading_for_s=loading_for / S,
            load_s=int(load) / S if load else None,
        )
    )


def status_of(answer: list[Any]) -> Status:
    """Return the flock at a glance."""
    now_ms, heartbeat, live, dead, backlogs, hosts = answer
    return Status(
        now_ms=now_ms,
        heartbeat_ms=int(heartbeat),
        live=live,
        dead=dead,
        backlogs=tuple(
            Backlog(slug, waiting, int(oldest), bells, int(turn or 0), slots, loading, eta_of(prospects), people, head)
            for slug, waiting, oldest, bells, turn, slots, loading, people, head, prospects in grouped(backlogs, 10)
        ),
        hosts=tuple(
            HostSeen(name, int(expiry) > now_ms, int(fence), json.loads(about), Word(word), int(beat))
            for name, expiry, fence, about, word, beat in grouped(hosts, 6)
        ),
    )


def stats_of(answer: list[Any]) -> FleetStats:
    """Return what `stats` has counted."""
    return FleetStats(
        {
            (slug, host): Tally(**{field: int(number) for field, number in record.paired(counts).items()})
            for slug, host, counts in grouped(answer, 3)
        }
    )


def grouped(flat: Iterable[Any], size: int) -> Iterator[tuple[Any, ...]]:
    """Yield the entries of a flat list in which each has so many parts.

    >>> list(grouped([1, 2, 3, 4], 2))
    [(1, 2), (3, 4)]
    """
    parts = iter(flat)
    while part := tuple(islice(parts, size)):
        yield part
