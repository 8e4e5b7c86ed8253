"""What the people at the page think of an answer, kept for training as reactions on the other platforms are."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from bots.web import bodies
from bots.web.doors import Scope, Visitor, needs
from bots.web.site import FRESH_ONLY, Site
from bots.web.visitors import KEYS, own_job
from tasks.contracts.errors import BadInput
from tasks.contracts.jobs import Outcome
from tasks.contracts.messages import MAX_TEXT_CHARS, Value
from tasks.jobs import feedback, intake
from tasks.jobs.feedback import Opinion

THUMBS = (Opinion.UP, Opinion.DOWN)
CORRECTED, RATED = Opinion.CORRECTED.value, Opinion.RATED.value
GRADES = ("", "1", "2", "3", "4", "5")


class Feedback(Value):
    """What is posted about an answer; the last word counts, and `none` takes back what was said before."""

    opinion: Literal["up", "down", "none", "corrected", "rated"]
    text: str = Field(default="", max_length=MAX_TEXT_CHARS)
    """What it should have been, where it is `corrected`; from 1 to 5, where it is `rated`; empty takes that back."""


def router(site: Site) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/api", tags=["chat"])

    @routes.post("/jobs/{job}/feedback", openapi_extra=bodies.described(Feedback))
    async def worth(job: str, request: Request, asker: Annotated[Visitor, needs(Scope.CHAT)]) -> Response:
        """Say what an answer was worth: `up`, `down`, `none` to take that back, 1 to 5; or what it should be."""
        posted = await bodies.read(request, Feedback)
        view = await own_job(site.gateway, asker, job)
        if view.outcome is not Outcome.REPLY:
            raise BadInput(f"job {job} has no answer to speak of", next_step="wait for its answer")
        for opinion, text, undone in _said(posted):
            await site.gateway.store.run(feedback.of_job(job, _judge(asker, view.user), opinion, text, undone=undone))
        return JSONResponse({"job": job, "opinion": posted.opinion}, headers=FRESH_ONLY)

    return routes


def _judge(asker: Visitor, owner: str) -> str:
    """Return whose opinion it is: whoever may see answers of others does not speak for them, nor by their consent."""
    if asker.key_id:
        return asker.user
    is_of_a_key = owner.startswith(f"{KEYS}:")
    return asker.person if is_of_a_key or not owner else owner  # without keys all sessions are one person's


def _said(posted: Feedback) -> list[tuple[Opinion, str, bool]]:
    """Return what is kept of it, and whether that takes back what was said before. Raises BadInput."""
    if posted.opinion == CORRECTED:
        text = intake.clean(posted.text) if posted.text.strip() else ""
        return [(Opinion.CORRECTED, text, not text)]
    if posted.opinion == RATED:
        if posted.text not in GRADES:
            raise BadInput(
                "an answer is rated from 1 to 5", next_step="say which as `text`, or nothing to take it back"
            )
        return [(Opinion.RATED, posted.text, not posted.text)]
    if posted.text:
        raise BadInput("a thumb has no text", next_step=f"say what it should have been with `opinion` {CORRECTED}")
    return [(opinion, "", opinion.value != posted.opinion) for opinion in THUMBS]  # who likes it no longer dislikes it
