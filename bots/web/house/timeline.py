"""What hosts did, the latest first: loads and evictions, who came and went, breakers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from bots.web.doors import Scope, needs
from bots.web.house.shapes import TimelineEntry, TimelineShape
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.fleet import Fleet
from tasks.contracts.queues import slug
from tasks.jobs import happenings
from tasks.jobs.happenings import Happening, Kind

PAGE, MOST = 100, 500
CALLED = {Kind.PAUSED: "paused", Kind.DRAINING: "draining", Kind.RESUMED: "resumed"}
ENTRY = r"^\d{1,19}-\d{1,19}$"  # what fits into 64 bits


def router(site: Site) -> APIRouter:
    """Return the route of the timeline."""
    routes = APIRouter(prefix="/api", tags=["glass box"], dependencies=[needs(Scope.READ)])

    @routes.get("/timeline", response_model=TimelineShape)
    async def timeline(
        before: Annotated[str | None, Query(pattern=ENTRY)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    ) -> Response:
        """Tell what hosts did, the latest first: what they loaded and let go, when they came, left and fell silent."""
        found = await site.gateway.store.run(happenings.latest(limit, before or ""))
        return JSONResponse(shape(found, limit, names_of(site.fleet())).model_dump(mode="json"), headers=FRESH_ONLY)

    return routes


def names_of(fleet: Fleet) -> dict[str, str]:
    """Return what each model is called, by its slug."""
    return {slug(model.name): model.name for model in fleet.models}


def shape(found: tuple[Happening, ...], limit: int, names: Mapping[str, str]) -> TimelineShape:
    """Return a page of entries."""
    entries = tuple(entry(said, names) for said in found)
    return TimelineShape(entries=entries, next=found[-1].id if len(found) == limit else None)


def entry(said: Happening, names: Mapping[str, str]) -> TimelineEntry:
    """Return one entry as people see it; `names` has what models are called by their slugs."""
    named = [names.get(model, model) for model in (said.model, said.for_model)]
    return TimelineEntry.model_validate(
        {
            "id": said.id,
            "at_ms": said.at_ms,
            "kind": CALLED.get(said.kind, said.kind.value),
            "host": said.host,
            "model": said.model,
            "words": happenings.words(replace(said, model=named[0], for_model=named[1])),
            "took_s": said.took_s,
            "gib": said.gib,
            "for_model": said.for_model,
        }
    )
