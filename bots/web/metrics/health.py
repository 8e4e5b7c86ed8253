"""Whether the server can do its work, for whoever restarts it if not."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bots.web.site import FRESH_ONLY, Site
from tasks.jobs import moves


def router(site: Site) -> APIRouter:
    """Return the route of the health check."""
    routes = APIRouter()

    @routes.get("/healthz")
    async def healthz() -> Response:
        await site.gateway.store.run(moves.list_jobs(at_most=1))
        return JSONResponse({"redis": "reachable"}, headers=FRESH_ONLY)

    return routes
