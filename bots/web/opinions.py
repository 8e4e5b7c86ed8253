"""What the people at the page think of an answer, kept for training as reactions on the other platforms are."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bots.web import bodies
from bots.web.doors import Scope, Visitor, needs
from bots.web.site import FRESH_ONLY, Site
from bots.web.visitors import own_job
from tasks.contracts.errors import BadInput
from tasks.contracts.jobs import Outcome
from tasks.contracts.messages import Value
from tasks.jobs import feedback
from tasks.jobs.feedback import Opinion

MOST_BYTES = 1024


THUMBS = (Opinion.UP, Opinion.DOWN)


class Feedback(Value):
    """What is posted about an answer; the last word counts, and `none` takes back what was said before."""

    opinion: Literal["up", "down", "none"]


def router(site: Site) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/api", tags=["chat"])

    @routes.post("/jobs/{job}/feedback", openapi_extra=bodies.described(Feedback))
    async def worth(job: str, request: Request, asker: Annotated[Visitor, needs(Scope.CHAT)]) -> Response:
        """Say what the answer of a job was worth: `up`, `down`, or `none` to take that back."""
        said = (await bodies.read(request, Feedback, most_bytes=MOST_BYTES)).opinion
        view = await own_job(site.gateway, asker, job)
        if view.outcome is not Outcome.REPLY:
            raise BadInput(f"job {job} has no answer to speak of", next_step="wait for its answer")
        for opinion in THUMBS:  # who likes it now no longer dislikes it
            undone = opinion.value != said
            await site.gateway.store.run(feedback.of_job(job, view.user or asker.user, opinion, undone=undone))
        return JSONResponse({"job": job, "opinion": said}, headers=FRESH_ONLY)

    return routes
