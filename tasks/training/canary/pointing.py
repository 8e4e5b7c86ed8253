"""What is served next: after a promotion, with a canary, without it, after a rollback. Pure."""

from __future__ import annotations

from tasks.contracts.canary import BASE, Served
from tasks.training.registry.events import Event, Kind


def promoted(served: Served, version: str, *, back_to_current: bool = True) -> Served:
    """Return what is served once a version answers everybody; a canary ends with that, whichever it was.

    Without `back_to_current` a rollback goes back to the base: what is served knows what it may not.
    """
    before = served.previous if served.current == version else served.current if back_to_current else BASE
    return Served(serial=served.serial + 1, current=version, previous=before)


def tried(served: Served, version: str, share: float, *, unrated: bool) -> Served:
    """Return what is served once a version answers a share of the jobs; it takes the place of another canary."""
    told = {"serial": served.serial + 1, "canary": version, "share": share, "unrated": unrated}
    return served.model_copy(update=told)


def without_canary(served: Served) -> Served:
    """Return what is served once nothing is tried any more."""
    return Served(serial=served.serial + 1, current=served.current, previous=served.previous)


def back(served: Served, last: Event | None) -> Served | None:
    """Return what is served after a rollback: without the canary, else what was served before, else the base.

    None: there is nothing to go back to. Saying it twice goes back once: who wants to go farther has to say where to.
    """
    if served.canary:
        return without_canary(served)
    if served.current == BASE or (last and last.kind is Kind.ROLLED_BACK):
        return None
    return Served(serial=served.serial + 1, current=served.previous)


def back_to(served: Served, version: str) -> Served | None:
    """Return what is served after a rollback to this very version, or to the base; None: that is so already."""
    if served.current == version and not served.canary:
        return None
    return Served(serial=served.serial + 1, current=version)
