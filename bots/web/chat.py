"""What the chat page asks for: messages in, streams out, sessions forgotten."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from bots import conversation, replies
from bots.conversation import Said
from bots.web import bodies
from bots.web.doors import Scope, Visitor, charged, doors_of, needs
from bots.web.native import answers
from bots.web.native.asking import owned
from bots.web.site import FRESH_ONLY, Site
from bots.web.stream import place_of
from bots.web.visitors import HERE, own_job
from tasks.jobs import roster
from tasks.jobs.crashpoints import reach

MOST_ANEW = 99  # answers that one message may get after its first
ID_BYTES = 12  # of a session or message id that the client left to us


class ChatMessage(bodies.Posted):
    """What the page posts. Posting the same `message_id` in the same session again is the same job.

    With an `ordinal` above 0 the message is answered anew, and its earlier answer leaves the session.
    """

    text: str
    persona: str = ""
    session: str = Field(default_factory=lambda: secrets.token_hex(ID_BYTES))
    message_id: str = Field(default_factory=lambda: secrets.token_hex(ID_BYTES))
    ordinal: int = Field(default=0, ge=0, le=MOST_ANEW)
    wait: bool = False
    """Answer with the reply, instead of with the job that will have it."""


def router(site: Site) -> APIRouter:
    """Return the routes of the chat."""
    routes = APIRouter(prefix="/api", tags=["chat"])
    _add_messages(routes, site)
    _add_jobs(routes, site)
    return routes


def _add_messages(routes: APIRouter, site: Site) -> None:
    gateway, fleet = site.gateway, site.fleet

    @routes.post("/chat", openapi_extra=bodies.described(ChatMessage))
    async def chat(request: Request, asker: Annotated[Visitor, needs(Scope.CHAT)]) -> Response:
        """Say something in a session, which knows what was said in it before. Answered with the job, or the reply."""
        message = await bodies.read(request, ChatMessage)
        states = await gateway.store.run(roster.disabled())
        asked = owned(conversation.request_of(said(message, asker), fleet(), states), asker)
        async with charged(request, asker, asked.job):
            if message.wait:
                return await answers.waited(request, site, asked, more={"session": message.session})
            accepted = await gateway.submit(asked)
        reach("submitted")
        told = {
            "job": accepted.job,
            "session": message.session,
            "hosted": accepted.hosted,
            "state": accepted.state.value,
        }
        return JSONResponse(told, HTTPStatus.ACCEPTED, FRESH_ONLY)

    @routes.delete("/sessions/{session}")
    async def forget(session: str, asker: Annotated[Visitor, needs(Scope.CHAT)]) -> Response:
        """Forget what was said in a session, with every persona."""
        named = asker.chat(session)
        own = [conversation.session_of(conversation.WEB, persona, named) for persona in fleet().personas]
        turns = sum([await gateway.forget(name) for name in own])
        return JSONResponse({"session": session, "forgotten": turns}, headers=FRESH_ONLY)


def _add_jobs(routes: APIRouter, site: Site) -> None:
    gateway, fleet = site.gateway, site.fleet

    @routes.get("/jobs/{job}")
    async def look(job: str, asker: Annotated[Visitor, needs(Scope.CHAT)]) -> Response:
        """Return a job with all that the ledger knows of it."""
        return JSONResponse(replies.public(await own_job(gateway, asker, job), fleet()), headers=FRESH_ONLY)

    @routes.get("/jobs/{job}/events")
    async def events(
        request: Request, job: str, asker: Annotated[Visitor, needs(Scope.CHAT)], after: str = ""
    ) -> Response:
        """Stream what happens to a job until it is answered, as server-sent events.

        Whoever comes back names the id of the last event they had, as browsers do in `Last-Event-ID`, or in `after`:
        text that they know is not told again.
        """
        await own_job(gateway, asker, job)
        read = place_of(request.headers.get("last-event-id", after))
        return doors_of(request).streams.response(site.streaming.frames(job, read))

    @routes.delete("/jobs/{job}")
    async def withdraw(job: str, asker: Annotated[Visitor, needs(Scope.CHAT)]) -> Response:
        """Take a job back."""
        await own_job(gateway, asker, job)
        state = await gateway.cancel(job, asker.user if asker.key_id else conversation.WEB)
        return JSONResponse({"job": job, "state": state.value}, headers=FRESH_ONLY)


def said(message: ChatMessage, asker: Visitor = HERE) -> Said:
    """Return a posted message in the words that all bots share; on the page, a session is a person."""
    return Said(
        platform=conversation.WEB,
        session=asker.chat(message.session),
        message=message.message_id,
        user=message.session,
        text=message.text,
        persona=message.persona,
        ordinal=message.ordinal,
    )
