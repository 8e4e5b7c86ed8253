"""Whether the server can do its work: for whoever restarts it if not, and for whoever sends people to it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bots.web.site import FRESH_ONLY, Site
from tasks.jobs import moves


def router(site: Site) -> APIRouter:
    """Return the routes of the health checks. They ask for no key and name nobody."""
    routes = APIRouter()

    @routes.get("/healthz")
    async def healthz() -> Response:
        """Return 200 while Redis answers."""
        await site.gateway.store.run(moves.list_jobs(at_most=1))
        return JSONResponse({"redis": "reachable"}, headers=FRESH_ONLY)

    @routes.get("/readyz")
    async def readyz() -> Response:
        """Return 200 while a message that comes now would find a host: not before one is up, nor while this ends."""
        seen = await site.lookout.status()
        told = {
            "redis": "reachable" if seen else "away",
            "hosts": sum(host.live for host in seen.hosts) if seen else 0,
            "ending": site.closing(),
        }
        ready = told["hosts"] and not told["ending"]
        return JSONResponse(told, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, FRESH_ONLY)

    return routes
