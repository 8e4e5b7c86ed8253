"""`/api/learning`: whether it may be learned from what whoever asks has said. They alone decide that."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bots.web import bodies
from bots.web.doors import Scope, Visitor, needs
from bots.web.site import FRESH_ONLY, Site
from tasks.jobs import consents

MOST_BYTES = 1024
May = Annotated[Visitor, needs(Scope.CHAT)]


class Decision(bodies.Posted):
    """What somebody decides for themselves."""

    agreed: bool
    """True: personas that learn may learn from what they said and say."""


def router(site: Site) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api", tags=["learning"])
    store = site.gateway.store

    @routes.get("/learning")
    async def look(asker: May) -> Response:
        """Return whether whoever asks agreed that is learned from what they say, and when (ms)."""
        given = (await store.run(consents.look(asker.person))).agreed
        return JSONResponse({"agreed": given is not None, "at_ms": given and given.at_ms}, headers=FRESH_ONLY)

    @routes.put("/learning", openapi_extra=bodies.described(Decision))
    async def decide(request: Request, asker: May) -> Response:
        """Agree that is learned from what one says, or take that back."""
        agreed = (await bodies.read(request, Decision, most_bytes=MOST_BYTES)).agreed
        if agreed:
            await store.run(consents.agree(asker.person))
        else:
            await store.run(consents.withdraw(asker.person))
        return await look(asker)

    return routes
