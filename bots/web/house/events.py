"""What happens in the flock as server-sent events: one stream for all views of a page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from bots.web.doors import Scope, doors_of, needs
from bots.web.house.fleet import Glances
from bots.web.house.hub import Hub
from bots.web.site import Site
from bots.web.streams import EVENTS

MAX_ID_CHARS = 64


def router(site: Site) -> APIRouter:
    """Return the route of the events."""
    hub = Hub(site.gateway.store, Glances(site), site.closing)

    @asynccontextmanager
    async def closed_at_the_end(_app: object) -> AsyncIterator[None]:
        yield
        await hub.close()

    routes = APIRouter(prefix="/api", tags=["glass box"], dependencies=[needs(Scope.READ)], lifespan=closed_at_the_end)

    @routes.get("/events", response_class=Response, responses={200: {"content": {EVENTS: {}}}})
    async def events(request: Request, last_event_id: Annotated[str, Header()] = "") -> Response:
        """Tell what happens: `fleet`, `job` and `load`, at most one of each a second, from where one was before."""
        hub.admit()
        return doors_of(request).streams.response(hub.frames(last_event_id[:MAX_ID_CHARS]))

    return routes
