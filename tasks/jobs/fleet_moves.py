"""The moves of hosts as values: who is up, what each holds and may hold, and what they do for the ledger's upkeep."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tasks.jobs import fleet_record
from tasks.jobs.fleet_values import FleetLook, FleetStats, Took, Tripped
from tasks.jobs.values import MS, Fenced, HostCard, Move, Status, Word, says

MIB_PER_GIB = 1024


def host_join(host: str, machine: str, ttl_ms: int) -> Move[tuple[int, str]]:
    """Take up a host's name: (fence, '') or (0, the machine that has it)."""
    return Move("host_join", (host, machine, ttl_ms), lambda answer: (answer[0], answer[1]), rings=False)


def host_beat(host: str, fence: int, ttl_ms: int, about: str, holds: Mapping[str, int] | Iterable[str]) -> Move[bool]:
    """Say that the host lives and what it holds ready, slots by slug; False when its name has been taken over.

    Loads that the host is at are renewed for as long as it beats.
    """
    return Move("host_beat", (host, fence, ttl_ms, about, *_slotted(holds)), says("live"), rings=False)


def host_leave(host: str, fence: int, slugs: Sequence[str]) -> Move[bool]:
    """Leave on purpose; False when the name has been taken over already."""
    return Move("host_leave", (host, fence, *slugs), says("gone"), rings=False)


def may_hold(host: str, fence: int, slugs: Iterable[str]) -> Move[bool]:
    """Register which models the host may hold, in the place of what it said before; False when it is fenced."""
    return Move("may_hold", (host, fence, *slugs), says("known"), rings=False)


def look(card: HostCard, residents: Iterable[str]) -> Move[FleetLook | Fenced]:
    """See who waits for what the host holds, and for what it may hold and does not."""

    def read(answer: list[Any]) -> FleetLook | Fenced:
        return fleet_record.look_of(answer[1:]) if answer[0] == "seen" else Fenced()

    return Move("look", (card.model_dump_json(), *residents), read, rings=False)


def claim_load(
    host: str,
    fence: int,
    slug: str,
    *,
    evict: Iterable[str] = (),
    mode: str = "any",
    expected_holders: Iterable[str] = (),
    ttl_ms: int,
    slots: int = 1,
) -> Move[Took]:
    """Take on the load of a model, giving up `evict` in the same call.

    Nobody else may be at it, and those who hold it ready must be `expected_holders`, as the host saw them. In mode
    `copies` none of `evict` may be a last copy, in mode `idle` none may be in use or waited for. Beats renew the claim;
    a host that is gone has none.
    """
    names = (json.dumps(sorted(expected_holders)), json.dumps(list(evict)))
    return Move("claim_load", (host, fence, slug, mode, ttl_ms, slots, *names), Took, rings=False)


def load_done(
    host: str,
    fence: int,
    slug: str,
    *,
    ok: bool,
    load_s: float = 0.0,
    whole_s: float = 0.0,
    size_gib: float = 0.0,
    slots: int = 1,
    why: str = "",
) -> Move[bool]:
    """Say how a load ended: the host holds the model, or others may try. False when the host is fenced.

    It took `load_s` to come into memory, and `whole_s` from its claim until it was served. What had been given up for
    it counts as held again as soon as a beat says so. `why` is told of one that failed.
    """
    how = (1 if ok else 0, round(load_s * MS), round(size_gib * MIB_PER_GIB), slots, round(whole_s * MS), why)
    return Move("load_done", (host, fence, slug, *how), says("done"), rings=False)


def unhold(host: str, fence: int, slugs: Iterable[str], why: str = "") -> Move[bool]:
    """Give models up, before they are drained and unloaded; beats cannot take that back. False when fenced."""
    return Move("hold", (host, fence, 0, why, 0, 0, *_slotted(slugs)), says("done"), rings=False)


def hold(host: str, fence: int, holds: Mapping[str, int], *, load_s: float = 0.0, size_gib: float = 0.0) -> Move[bool]:
    """Hold models after all that were about to be given up, slots by slug; False when the host is fenced.

    One that was loaded without a claim, since nobody waited for it, is told with how long that took.
    """
    how = ("", round(load_s * MS), round(size_gib * MIB_PER_GIB))
    return Move("hold", (host, fence, 1, *how, *_slotted(holds)), says("done"), rings=False)


def take_back(host: str, fence: int, slug: str) -> Move[bool]:
    """Have a claim of a load, or the giving up of a model, not count, heard or not. False when the host is fenced.

    For a host that Redis did not answer: what it does not know of it would neither bring about nor end.
    """
    return Move("take_back", (host, fence, slug), says("done"), rings=False)


def reserve(host: str, fence: int, slug: str, ttl_ms: int) -> Move[bool]:
    """Keep the host's next load for a model that nobody holds; False when another host does, or it is held by now."""
    return Move("reserve", (host, fence, slug, ttl_ms), says("ours"), rings=False)


def unreserve(host: str, fence: int, slug: str) -> Move[bool]:
    """Keep it no longer; False when it was another host that did."""
    return Move("reserve", (host, fence, slug, 0), says("free"), rings=False)


def trip(host: str, fence: int, slug: str, ttl_ms: int, kind: Tripped = Tripped.OPEN) -> Move[bool]:
    """Say that a model fails on the host; False when the host is fenced.

    While its breaker is open, for `ttl_ms`, the host is given no job of the model and does not count as a holder. On
    probation, and when the time of an open breaker is over, it is given one at a time, until `mend`.
    """
    return Move("trip", (host, fence, slug, kind.value, ttl_ms), says("done"), rings=False)


def mend(host: str, fence: int, slug: str) -> Move[bool]:
    """Say that a model works on the host again; the next beat makes it a holder. False when the host is fenced."""
    return Move("trip", (host, fence, slug, "well", 0), says("done"), rings=False)


def control(host: str, word: Word | None = None) -> Move[Word | None]:
    """Tell a host to run, pause or drain, or ask what it was told; None where no such host has ever been up.

    A paused host claims and loads nothing new and finishes what it holds; one that drains also leaves. A pause outlives
    the agent, a drain ends with it.
    """
    return Move(
        "control", (host, word.value if word else ""), lambda answer: Word(answer) if answer else None, rings=False
    )


def stats() -> Move[FleetStats]:
    """Read what has happened since the ledger began, by model and host."""
    return Move("stats", (), fleet_record.stats_of, rings=False)


def recover(host: str, *, model_slug: str = "", worker: str = "", blame: bool = False) -> Move[int]:
    """Put back what a dead worker of `host` held; `blame` counts it as a crash of the jobs."""
    return Move("recover", (host, model_slug, worker, "1" if blame else "0"), int)


def status() -> Move[Status]:
    """Read what waits for which model, and which hosts are up."""
    return Move("status", (), fleet_record.status_of, rings=False)


def _slotted(holds: Mapping[str, int] | Iterable[str]) -> Iterator[str | int]:
    for slug in holds:
        yield slug
        yield holds[slug] if isinstance(holds, Mapping) else 1
