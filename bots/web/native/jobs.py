"""`/jobs/{id}`: what became of a question, and taking it back. Whoever else has it, it does not exist for."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from bots.web.doors import Scope, Visitor, needs
from bots.web.native import answers, summaries
from bots.web.site import FRESH_ONLY, Site
from bots.web.visitors import own_job
from tasks.jobs import pockets

TAG = "answers"


def router(site: Site) -> APIRouter:
    """Return the routes of single jobs."""
    routes = APIRouter(prefix="/jobs", tags=[TAG])

    @routes.get("/{job}")
    async def look(job: str, asker: Annotated[Visitor, needs(Scope.CHAT)]) -> Response:
        """Return a job as it stands: `status` is waiting, running, done, failed or withdrawn."""
        view = await own_job(site.gateway, asker, job)
        told = answers.told(view, site.fleet())
        if view.session.startswith(summaries.PREFIX):
            sources = await site.gateway.store.run(pockets.get(summaries.pocket_of(job)))
            told["sources"] = json.loads(sources or "[]")
        return JSONResponse(told, headers=FRESH_ONLY)

    @routes.delete("/{job}")
    async def withdraw(job: str, asker: Annotated[Visitor, needs(Scope.CHAT)]) -> Response:
        """Take a job back; one that is answered stays so."""
        await own_job(site.gateway, asker, job)
        await site.gateway.cancel(job, asker.user)
        return await look(job, asker)

    return routes
