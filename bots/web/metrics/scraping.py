"""`GET /metrics`: what Prometheus scrapes."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from fastapi.responses import Response

from bots.web.doors import Scope, needs
from bots.web.metrics import exposition, families
from bots.web.metrics.families import Seen
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.errors import RetryableError
from tasks.contracts.queues import slug
from tasks.jobs import archive, fleet_moves, measures


def router(site: Site) -> APIRouter:
    """Return the route of the metrics."""
    routes = APIRouter()

    @routes.get(
        "/metrics",
        dependencies=[needs(Scope.READ)],
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def metrics() -> Response:
        """Return every metric in Prometheus' text format."""
        told = await asyncio.to_thread(rendered, await look(site))  # hundreds of models would hold up streams
        return Response(told, headers=FRESH_ONLY, media_type=exposition.CONTENT_TYPE)

    return routes


def rendered(seen: Seen | None) -> str:
    """Return all that was seen as Prometheus reads it."""
    return exposition.text(families.of(seen))


async def look(site: Site) -> Seen | None:
    """Look at all that is measured; None while Redis is away."""
    status, store = await site.lookout.status(), site.gateway.store
    if status is None:
        return None
    try:
        stats, measured = await store.run(fleet_moves.stats()), await store.run(measures.read())
        owed = await store.run(archive.owed())
    except RetryableError:
        return None
    return Seen(status, stats, measured, owed, [slug(model.name) for model in site.fleet().models])
