"""`/api/memories`: what is remembered of who asks, to see, to add to, to take along, and to have forgotten."""

from __future__ import annotations

import contextlib
import secrets
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Query as Param
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from bots import wishes
from bots.following import ticking
from bots.web import bodies
from bots.web.doors import API, Scope, Visitor, charged, doors_of, needs
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.errors import BadInput, MemoryUnavailable
from tasks.contracts.jobs import JobView, Outcome
from tasks.contracts.messages import MAX_ID_CHARS, JobRequest, job_id
from tasks.contracts.wishes import MOST_LISTED, Granted, Wish, request_for
from tasks.jobs import remembering
from tasks.jobs.watching import Answered

WAIT_S = 30.0  # for whoever keeps the memories, with a client that waits
ID_BYTES = 12
PAGE = 50
FILE = {"Content-Disposition": 'attachment; filename="memories.jsonl"', **FRESH_ONLY}
LINES = "application/x-ndjson"
AWAY = "`rookery run memory` keeps the memories; `rookery status` says whether it is up"

May = Annotated[Visitor, needs(Scope.MEMORY)]
Words = Annotated[str, Param(max_length=wishes.MOST_ABOUT_CHARS)]
Named = Annotated[str, Param(max_length=MAX_ID_CHARS)]


class Remember(bodies.Posted):
    """What is to be remembered of who asks."""

    text: str = Field(min_length=1, max_length=wishes.MOST_ABOUT_CHARS)
    persona: str = ""
    """Who is to remember it; the first one who remembers otherwise."""
    request_id: str = Field(default="", max_length=MAX_ID_CHARS)
    """The same id is the same memory, however often it is sent."""


def router(site: Site) -> APIRouter:
    """Return the routes of one's own memories."""
    routes = APIRouter(prefix="/api/memories", tags=["memories"])
    _add_seeing(routes, site)
    _add_changing(routes, site)
    return routes


def _add_seeing(routes: APIRouter, site: Site) -> None:
    @routes.get("", response_model=Granted)
    async def look(
        request: Request,
        asker: May,
        about: Words = "",
        after: Named = "",
        limit: Annotated[int, Param(ge=1, le=MOST_LISTED)] = PAGE,
    ) -> Response:
        """Return what is remembered of whoever asks, the newest first, or what has the words of `about` in it.

        `after` is that of the page before; it is empty on the last one.
        """
        wish = Wish(kind="list", about=wishes.readable(about), after=after, limit=limit, as_json=True)
        return told(await _seen(request, site, wanted(wish, asker)))

    @routes.get("/export")
    async def export(request: Request, asker: May) -> Response:
        """Return all of it as a file, one memory as JSON on each line."""
        view = await _seen(request, site, wanted(Wish(kind="export"), asker))
        lines = done(view).text
        return Response(lines if lines.startswith("{") else "", media_type=LINES, headers=FILE)


def _add_changing(routes: APIRouter, site: Site) -> None:
    @routes.post("", response_model=Granted, openapi_extra=bodies.described(Remember))
    async def remember(request: Request, asker: May) -> Response:
        """Have something remembered."""
        said = await bodies.read(request, Remember)
        fleet = site.fleet()
        persona = wishes.keeper(fleet, *([fleet.persona(said.persona)] if said.persona else fleet.personas))
        wish = wishes.wish_of("remember", said.text).model_copy(update={"as_json": True})
        asked = wanted(wish, asker, said.request_id, persona.name)
        async with charged(request, asker, asked.job):
            return answer(asked, await _granted(request, site, asked))

    @routes.delete("/{memory}", response_model=Granted)
    async def forget(memory: str, request: Request, asker: May) -> Response:
        """Forget one memory, and what was said that it came of. 202 where that takes longer: it will be done."""
        asked = wanted(Wish(kind="forget", ids=(_id(memory),), as_json=True), asker)
        return answer(asked, await _granted(request, site, asked))

    @routes.delete("", response_model=Granted)
    async def forget_everything(request: Request, asker: May, everything: bool = False) -> Response:
        """Forget all that is remembered of whoever asks, where `everything` says that this is meant."""
        if not everything:
            raise BadInput("it is not said what to forget", next_step="name a memory, or say `?everything=true`")
        asked = wanted(Wish(kind="forget", as_json=True), asker)
        return answer(asked, await _granted(request, site, asked))


def wanted(wish: Wish, asker: Visitor, request_id: str = "", persona: str = "") -> JobRequest:
    """Return the job that grants a visitor's wish."""
    job = job_id(API, asker.user, "memories", request_id or secrets.token_hex(ID_BYTES), kind=wishes.KIND)
    return request_for(
        wish.model_copy(update={"alone": True}),
        job,
        asker.person,
        user=wishes.counted(asker.user),
        persona=persona,
        direct=True,
        max_in_flight=wishes.MOST_AT_ONCE,
    )


def done(view: JobView) -> JobView:
    """Return a wish that was granted. Raises MemoryUnavailable: it was not."""
    if view.outcome is not Outcome.REPLY:
        raise MemoryUnavailable(view.text or "that was taken back", next_step=AWAY)
    return view


def told(view: JobView) -> Response:
    """Return what came of a wish. Raises MemoryUnavailable: it could not be granted."""
    return Response(done(view).text, media_type=bodies.JSON_TYPE, headers=FRESH_ONLY)


def answer(asked: JobRequest, view: JobView | None) -> Response:
    """Return what came of a change, or that it will still be made."""
    if view is not None:
        return told(view)
    return JSONResponse({"job": asked.job, "status": "waiting"}, HTTPStatus.ACCEPTED, FRESH_ONLY)


async def _seen(request: Request, site: Site, asked: JobRequest) -> JobView:
    """Return what came of a wish to see something. Raises MemoryUnavailable: nobody is up, or showed it in time."""
    if not await site.gateway.store.run(remembering.somebody()):
        raise MemoryUnavailable("nobody is up who keeps memories", next_step=AWAY)
    view = await _granted(request, site, asked)
    if view is None:
        await site.gateway.cancel(asked.job, asked.user)
        raise MemoryUnavailable("whoever keeps the memories does not answer", next_step=AWAY)
    return view


async def _granted(request: Request, site: Site, asked: JobRequest) -> JobView | None:
    """Have a wish granted, and return what came of it; None: it takes longer than a client waits."""
    known = doors_of(request)
    if not await site.gateway.store.run(remembering.somebody()):
        await site.gateway.submit(asked)
        return None
    until_s = known.clock.monotonic_s() + WAIT_S
    with known.streams.place():
        async with contextlib.aclosing(ticking(site.gateway.converse(asked, until_answered=True))) as events:
            async for event in events:
                if isinstance(event, Answered):
                    return event.view
                if known.clock.monotonic_s() >= until_s or site.closing() or await request.is_disconnected():
                    break
    return None


def _id(memory: str) -> str:
    if not 0 < len(memory) <= MAX_ID_CHARS:
        raise BadInput("that is no memory's id", next_step="`GET /api/memories` tells ids")
    return memory
