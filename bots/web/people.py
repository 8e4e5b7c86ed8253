"""Who there is to talk to, and how the flock stands, as the chat needs it: for whoever may chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bots import conversation, replies
from bots.web.doors import Scope, needs
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.errors import RetryableError
from tasks.contracts.fleet import Fleet, Persona
from tasks.jobs import roster
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.roster import PersonaState
from tasks.jobs.values import Status


def router(site: Site) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/api", tags=["chat"])

    @routes.get("/personas", dependencies=[needs(Scope.CHAT)])
    async def personas() -> Response:
        """Return who answers, with the model behind each, and the flock in two numbers; null while Redis is away."""
        seen, fleet = await site.lookout.status(), site.fleet()  # who there is to talk to is known without Redis
        states = await _states(site.gateway) if seen else conversation.NOBODY_AWAY
        present = [told(persona, fleet, roster.why_away(persona, states)) for persona in fleet.personas]
        return JSONResponse({"personas": present, "flock": seen and at_a_glance(seen)}, headers=FRESH_ONLY)

    return routes


def told(persona: Persona, fleet: Fleet, away: str) -> dict[str, Any]:
    """Return a persona as the page gets it; `away` is why it takes no messages."""
    about = {"name": persona.name, "model": persona.model, "demo": replies.speaks_as_demo(persona, fleet)}
    return {**about, "away": away} if away else about


def at_a_glance(status: Status) -> dict[str, int]:
    """Return how many hosts are up, and how many jobs wait for one."""
    return {
        "hosts_up": sum(host.live for host in status.hosts),
        "waiting": sum(backlog.waiting for backlog in status.backlogs),
    }


async def _states(gateway: AsyncGateway) -> Mapping[str, PersonaState]:
    try:
        return await gateway.store.run(roster.disabled())
    except RetryableError:
        return conversation.NOBODY_AWAY
