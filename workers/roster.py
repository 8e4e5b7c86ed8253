"""Every model under its one name: what each host calls it, what it takes, and where it is now. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.contracts.fleet import Fleet, Host, Model
from tasks.contracts.queues import slug
from tasks.jobs.values import HostSeen
from workers.residency.footprint import Size

ABSENT = ""
SizeOf = Callable[[Host, Model], Size]


@dataclass(frozen=True, slots=True)
class Place:
    """A model on one of the hosts that may hold it."""

    host: str
    engine: str
    alias: str
    """What the engine there calls it."""
    format: str
    """Empty where the server alone knows."""
    gib: float
    gib_is: str
    """`told`, `measured`, or estimated by `file` or by `name`."""
    slots: int
    pinned: bool
    state: str = ABSENT
    """Where it stands in the memory of the host; empty: it is not there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One model and its places, in the order of the file."""

    name: str
    slug: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Foreign:
    """A model that somebody else has loaded on a host."""

    host: str
    name: str
    gib: float


def roster(fleet: Fleet, hosts: Sequence[HostSeen], size_of: SizeOf) -> list[Row]:
    """Return every model of the fleet file; `hosts` is what the ledger says, nothing where it is away."""
    residents = {seen.name: _residents(seen.about) for seen in hosts if seen.live}
    return [
        Row(
            model.name,
            slug(model.name),
            tuple(
                _place(model, host, size_of(host, model), residents.get(host.name, {}).get(slug(model.name), {}))
                for host in fleet.hosts
                if host.enabled and host.may_hold(model)
            ),
        )
        for model in fleet.models
    ]


def foreign(hosts: Sequence[HostSeen]) -> Iterator[Foreign]:
    """Yield what others have loaded on the hosts that are up."""
    for seen in hosts:
        taken = _mapping(_mapping(seen.about.get("memory")).get("foreign")) if seen.live else {}
        yield from (Foreign(seen.name, name, float(gib or 0)) for name, gib in taken.items())


def _place(model: Model, host: Host, size: Size, resident: Mapping[str, Any]) -> Place:
    known = resident.get("size_gib") is not None
    return Place(
        host=host.name,
        engine=host.called,
        alias=model.name_on(host),
        format=model.format_on(host) or (min(host.takes) if len(host.takes) == 1 else ""),
        gib=float(resident["size_gib"]) if known else round(size.gib, 2),
        gib_is=str(resident.get("size_is", "")) if known else size.origin,
        slots=int(resident.get("slots") or host.slots or model.slots),
        pinned=host.name in model.pin,
        state=str(resident.get("state", ABSENT)),
    )


def _residents(about: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what a host says of the models in its memory, by slug; an older agent tells less."""
    told = [_mapping(entry) for entry in about.get("models") or ()]
    weighed = [_mapping(entry) for entry in _mapping(about.get("memory")).get("residents") or ()]
    return {str(entry["slug"]): entry for entry in (*told, *weighed) if entry.get("slug")}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
