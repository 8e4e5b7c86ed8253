"""All routes of the glass box."""

from __future__ import annotations

from fastapi import APIRouter

from bots.web.house import events, explain, fleet, jobs, plots, settings, timeline, training
from bots.web.site import Site


def router(site: Site) -> APIRouter:
    """Return them."""
    routes = APIRouter()
    for part in (fleet, events, jobs, explain, timeline, plots, settings, training):
        routes.include_router(part.router(site))
    return routes
