"""The flock at a glance: who there is to talk to, and how the hosts are doing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bots import conversation, replies
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.errors import RetryableError
from tasks.contracts.fleet import Fleet, Persona
from tasks.jobs import roster
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.roster import PersonaState
from tasks.jobs.values import Status

MS = 1000


def router(site: Site) -> APIRouter:
    """Return the routes of the overview."""
    routes = APIRouter(prefix="/api")

    @routes.get("/fleet")
    async def flock() -> Response:
        seen, fleet = await site.lookout.status(), site.fleet()  # who there is to talk to is known without Redis
        states = await _states(site.gateway) if seen else conversation.NOBODY_AWAY
        personas = [told_persona(persona, fleet, roster.why_away(persona, states)) for persona in fleet.personas]
        return JSONResponse({"personas": personas, "status": seen and told_status(seen)}, headers=FRESH_ONLY)

    return routes


def told_persona(persona: Persona, fleet: Fleet, away: str) -> dict[str, Any]:
    """Return a persona as the page gets it; `away` is why it takes no messages."""
    told = {"name": persona.name, "model": persona.model, "demo": replies.speaks_as_demo(persona, fleet)}
    return {**told, "away": away} if away else told


def told_status(status: Status) -> dict[str, Any]:
    """Return the flock at a glance as the page gets it: names and numbers, no addresses."""
    return {
        "live": status.live,
        "hosts": [{"name": host.name, "live": host.live} for host in status.hosts],
        "backlogs": [
            {
                "model": backlog.slug,
                "waiting": backlog.waiting,
                "oldest_s": (status.now_ms - backlog.oldest_ms) / MS,
            }
            for backlog in status.backlogs
        ],
    }


async def _states(gateway: AsyncGateway) -> Mapping[str, PersonaState]:
    try:
        return await gateway.store.run(roster.disabled())
    except RetryableError:
        return conversation.NOBODY_AWAY
