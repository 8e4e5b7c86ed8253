"""The flock at a glance, from what was seen of it: who there is to talk to, hosts, models, what waits. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots import replies
from bots.lookout import COMING, READY
from bots.web.house.cards import card
from bots.web.house.shapes import FleetShape, ModelShape, PersonaShape, QueueShape, StatusShape
from bots.web.house.timeline import names_of
from tasks.contracts.fleet import Fleet, Persona
from tasks.contracts.queues import slug
from tasks.jobs import roster
from tasks.jobs.roster import PersonaState
from tasks.jobs.values import MS, Backlog, Status

RESTLESS = frozenset({"now_ms", "seen_ms", "used_ms", "since_ms", "ready_ms", "oldest_s", "eta_s", "beat_ms", "words"})
"""What changes though nothing happens: moments that are counted back from a beat, durations, a beat itself."""


def flock(seen: Status | None, fleet: Fleet, states: Mapping[str, PersonaState]) -> FleetShape:
    """Return the flock as it was seen; None: Redis is away."""
    status = _status(seen, fleet) if seen else None
    return FleetShape(
        now_ms=seen.now_ms if seen else None,
        personas=tuple(persona_shape(persona, fleet, roster.why_away(persona, states)) for persona in fleet.personas),
        models=tuple(_models(fleet, status)),
        status=status,
    )


def persona_shape(persona: Persona, fleet: Fleet, away: str) -> PersonaShape:
    """Return a persona as people see it; `away` is why it takes no messages."""
    demo = replies.speaks_as_demo(persona, fleet)
    return PersonaShape(name=persona.name, model=persona.model, demo=demo, away=away or None)


def still(told: Any) -> Any:
    """Return what was told without what changes though nothing happens, to compare it with what was told before."""
    if isinstance(told, dict):
        return {name: still(value) for name, value in told.items() if name not in RESTLESS}
    return [still(each) for each in told] if isinstance(told, list | tuple) else told


def _status(seen: Status, fleet: Fleet) -> StatusShape:
    names = names_of(fleet)
    return StatusShape(
        now_ms=seen.now_ms,
        beat_ms=seen.heartbeat_ms or None,
        live=seen.live,
        dead=seen.dead,
        waiting=sum(backlog.waiting for backlog in seen.backlogs),
        hosts=tuple(card(host, seen.now_ms) for host in seen.hosts),
        backlogs=tuple(_queue(backlog, seen.now_ms, names) for backlog in seen.backlogs),
    )


def _queue(backlog: Backlog, now_ms: int, names: Mapping[str, str]) -> QueueShape:
    return QueueShape(
        model=backlog.slug,
        name=names.get(backlog.slug, backlog.slug),
        waiting=backlog.waiting,
        people=backlog.people,
        oldest_s=(now_ms - backlog.oldest_ms) / MS,
        oldest_ms=backlog.oldest_ms,
        turn_ms=backlog.turn_ms or None,
        slots=backlog.slots,
        loading=backlog.loading,
        eta_s=backlog.eta_s,
    )


def _models(fleet: Fleet, status: StatusShape | None) -> list[ModelShape]:
    hosts = status.hosts if status else ()
    waiting = {queue.model: queue.waiting for queue in status.backlogs} if status else {}

    def on(name: str, states: frozenset[str]) -> tuple[str, ...]:
        return tuple(
            host.name for host in hosts if any(each.model == name and each.state in states for each in host.residents)
        )

    return [
        ModelShape(
            name=model.name,
            model=(name := slug(model.name)),
            demo=model.builtin == "demo",
            ready_on=on(name, frozenset({READY})),
            loading_on=on(name, COMING),
            waiting=waiting.get(name, 0),
        )
        for model in fleet.models
    ]
