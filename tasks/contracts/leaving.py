"""What may leave the house: which personas may be answered by hosts that belong to somebody else. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.contracts.entries import AUTO, Host, Persona
from tasks.contracts.fleet import Fleet


def ways_out(fleet: Fleet) -> Iterator[tuple[Persona, Host]]:
    """Yield each persona with each host in the cloud that may answer for it, be it as a fallback."""
    for persona in fleet.personas:
        if persona.allow_cloud and not persona.private:
            models = [fleet.model(name) for name in _reachable(persona, fleet)]
            for host in fleet.hosts:
                fits = host.enabled and host.cloud and set(persona.labels) <= set(host.labels)
                if fits and any(host.may_hold(model) for model in models):
                    yield persona, host


def told(fleet: Fleet) -> tuple[str, ...]:
    """Return a line on each way out."""
    return tuple(
        f"what people say to {persona.name!r} may leave the house: host {host.name!r} belongs to somebody else"
        f"{f' ({host.address})' if host.address else ''}"
        for persona, host in ways_out(fleet)
    )


def _reachable(persona: Persona, fleet: Fleet) -> tuple[str, ...]:
    """Return every model that may answer for a persona: those that may be chosen, and their fallbacks."""
    chosen = fleet.routing.models() if persona.model == AUTO else (persona.model,)
    return tuple(dict.fromkeys(name for first in chosen for name in (first, *fleet.model(first).fallback)))
