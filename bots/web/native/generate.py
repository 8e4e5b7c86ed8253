"""`POST /generate`: one question, answered at once or by the id of a job."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

from bots.web import bodies
from bots.web.doors import Scope, Visitor, charged, needs
from bots.web.native import answers, asking
from bots.web.native.asking import Generate
from bots.web.site import Site
from tasks.jobs import roster
from tasks.jobs.crashpoints import reach

TAG = "answers"


def router(site: Site) -> APIRouter:
    """Return the route that generates."""
    routes = APIRouter(tags=[TAG])

    @routes.post("/generate", openapi_extra=bodies.described(Generate))
    async def generate(
        request: Request,
        asker: Annotated[Visitor, needs(Scope.CHAT)],
        as_job: Annotated[bool, Query(alias="async")] = False,
        idempotency_key: Annotated[str, Header()] = "",
    ) -> Response:
        """Answer a prompt. With `async` the answer is 202 and the id of a job; without, the reply itself.

        An answer that is not there within a deadline's time is left to be fetched by the id of its job, too. A client
        that goes before takes its question back, unless it gave it a name to come back with.
        """
        wish = await bodies.read(request, Generate)
        states = await site.gateway.store.run(roster.disabled())
        job = asking.job_of(wish, asker, site.fleet(), states, idempotency_key)
        more = {"session": wish.session} if wish.session else {}
        async with charged(request, asker, job.job):
            if not (wish.as_job or as_job):
                named = bool(wish.request_id or idempotency_key)
                return await answers.waited(request, site, job, more=more, taken_back=not named)
            accepted = await site.gateway.submit(job)
        if not accepted.fresh:
            asking.check(job, await site.gateway.job(job.job))
        reach("submitted")
        return answers.accepted(job.job, {"hosted": accepted.hosted, **more})

    return routes
