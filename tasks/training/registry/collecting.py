"""Which versions nobody will need again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tasks.contracts.canary import Served
from tasks.training.registry.events import Event, Kind
from tasks.training.registry.manifest import Manifest


def superfluous(known: Mapping[str, Manifest], served: Served, history: Iterable[Event], keep: int) -> tuple[str, ...]:
    """Return what may go, the oldest first.

    The last `keep` stay, every one that was ever promoted, what is served, was served before or is tried, and whatever
    these descend from.
    """
    by_age = sorted(known, key=lambda version: (known[version].origin.created_ms, version))
    needed = {served.current, served.previous, served.canary}
    promoted = {event.version for event in history if event.kind is Kind.PROMOTED}
    stays = {*by_age[-keep:], *promoted, *_ancestry(needed, known)}
    return tuple(version for version in by_age if version not in stays)


def _ancestry(versions: Iterable[str], known: Mapping[str, Manifest]) -> set[str]:
    """Return versions and all that they descend from."""
    found: set[str] = set()
    ahead = list(versions)
    while ahead:
        version = ahead.pop()
        if version not in found:
            found.add(version)
            ahead.extend(known[version].origin.parents if version in known else ())
    return found
