"""What the chat page asks for: messages in, streams out, sessions forgotten."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import Field

from bots import conversation, replies
from bots.conversation import Said
from bots.web import bodies
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import Value
from tasks.jobs import moves, roster
from tasks.jobs.crashpoints import reach

MOST_ANEW = 99  # answers that one message may get after its first
ID_BYTES = 12  # of a session or message id that the client left to us


class ChatMessage(Value):
    """What the page posts. Posting the same `message_id` in the same session again is the same job.

    With an `ordinal` above 0 the message is answered anew, and its earlier answer leaves the session.
    """

    text: str
    persona: str = ""
    session: str = Field(default_factory=lambda: secrets.token_hex(ID_BYTES))
    message_id: str = Field(default_factory=lambda: secrets.token_hex(ID_BYTES))
    ordinal: int = Field(default=0, ge=0, le=MOST_ANEW)


def router(site: Site) -> APIRouter:
    """Return the routes of the chat."""
    routes = APIRouter(prefix="/api")
    _add_messages(routes, site)
    _add_jobs(routes, site)
    return routes


def _add_messages(routes: APIRouter, site: Site) -> None:
    gateway, fleet = site.gateway, site.fleet

    @routes.post("/chat", openapi_extra=bodies.described(ChatMessage))
    async def chat(request: Request) -> Response:
        message = await bodies.read(request, ChatMessage)
        states = await gateway.store.run(roster.disabled())
        accepted = await gateway.submit(conversation.request_of(said(message), fleet(), states))
        reach("submitted")
        told = {
            "job": accepted.job,
            "session": message.session,
            "hosted": accepted.hosted,
            "state": accepted.state.value,
        }
        return JSONResponse(told, HTTPStatus.ACCEPTED, FRESH_ONLY)

    @routes.delete("/sessions/{session}")
    async def forget(session: str) -> Response:
        named = conversation.label(session, "session")
        own = [conversation.session_of(conversation.WEB, persona, named) for persona in fleet().personas]
        turns = sum([await gateway.forget(name) for name in own])
        return JSONResponse({"session": session, "forgotten": turns}, headers=FRESH_ONLY)


def _add_jobs(routes: APIRouter, site: Site) -> None:
    gateway, fleet = site.gateway, site.fleet

    async def own_job(job: str) -> JobView:
        view = await gateway.job(job)
        if not conversation.is_of(conversation.WEB, view.session):  # the words of other platforms stay there
            raise moves.unknown_job(job)
        return view

    @routes.get("/jobs/{job}")
    async def look(job: str) -> Response:
        return JSONResponse(replies.public(await own_job(job), fleet()), headers=FRESH_ONLY)

    @routes.get("/jobs/{job}/events")
    async def events(job: str) -> Response:
        await own_job(job)
        headers = {**FRESH_ONLY, "X-Accel-Buffering": "no"}
        return StreamingResponse(site.streaming.frames(job), media_type="text/event-stream", headers=headers)

    @routes.delete("/jobs/{job}")
    async def withdraw(job: str) -> Response:
        await own_job(job)
        state = await gateway.cancel(job, conversation.WEB)
        return JSONResponse({"job": job, "state": state.value}, headers=FRESH_ONLY)


def said(message: ChatMessage) -> Said:
    """Return a posted message in the words that all bots share; on the page, a session is a person."""
    return Said(
        platform=conversation.WEB,
        session=message.session,
        message=message.message_id,
        user=message.session,
        text=message.text,
        persona=message.persona,
        ordinal=message.ordinal,
    )
