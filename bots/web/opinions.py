"""What the people at the page think of an answer, kept for training as reactions on the other platforms are."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

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


class Worth(StrEnum):
    """What an answer was worth to whoever asked."""

    UP = "up"
    DOWN = "down"
    NONE = "none"  # what was said before is taken back


OPINION_OF = {Worth.UP: Opinion.UP, Worth.DOWN: Opinion.DOWN}


class Feedback(Value):
    """What is posted about an answer; the last word counts."""

    opinion: Worth


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
        for kind, opinion in OPINION_OF.items():  # who likes it now no longer dislikes it
            undone = kind is not said
            await site.gateway.store.run(feedback.of_job(job, view.user or asker.user, opinion, undone=undone))
        return JSONResponse({"job": job, "opinion": said.value}, headers=FRESH_ONLY)

    return routes
