"""The chat page and its small HTTP API: takes messages in, streams answers out, decides nothing itself."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from bots import conversation, replies
from bots.conversation import Said
from bots.lookout import Lookout
from bots.web.guard import Guard
from bots.web.stream import Streaming
from tasks.contracts.errors import (
    BadInput,
    JobMoved,
    PersonaAway,
    Refused,
    RetryableError,
    RookeryError,
    UnknownThing,
)
from tasks.contracts.fleet import Fleet, Persona
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import Value
from tasks.jobs import moves, roster
from tasks.jobs.crashpoints import reach
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.roster import PersonaState
from tasks.jobs.values import Status

MAX_BODY_BYTES = 256 * 1024
MOST_ANEW = 99  # answers that one message may get after its first
ID_BYTES = 12  # of a session or message id that the client left to us
MS = 1000
JSON_TYPE = "application/json"
FRESH_ONLY = {"Cache-Control": "no-store"}
ALWAYS_ASK = {"Cache-Control": "no-cache"}  # the page of a newer version must not talk to an older script
STATUS_OF: tuple[tuple[type[RookeryError], int], ...] = (
    (BadInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (UnknownThing, HTTPStatus.NOT_FOUND),
    (Refused, HTTPStatus.TOO_MANY_REQUESTS),
    (JobMoved, HTTPStatus.CONFLICT),
    (PersonaAway, HTTPStatus.CONFLICT),
    (RetryableError, HTTPStatus.SERVICE_UNAVAILABLE),
)


class ChatMessage(Value):
    """What the page posts. Posting the same `message_id` in the same session again is the same job.

    With an `ordinal` above 0 the message is answered anew, and its earlier answer leaves the session.
    """

    text: str
    persona: str = ""
    session: str = Field(default_factory=lambda: secrets.token_hex(ID_BYTES))
    message_id: str = Field(default_factory=lambda: secrets.token_hex(ID_BYTES))
    ordinal: int = Field(default=0, ge=0, le=MOST_ANEW)


def create_app(
    gateway: AsyncGateway,
    fleet: Callable[[], Fleet],
    *,
    bind: str = "127.0.0.1",
    closing: Callable[[], bool] = lambda: False,
) -> ASGIApp:
    """Return the web bot for people who reach it at `bind`; `fleet` is asked anew each time, so it may change.

    Streams end once `closing` says so.
    """
    app = FastAPI(title="Rookery", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(RookeryError, _tell)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(Exception, _tell_nothing)
    lookout = Lookout(gateway.store)
    _add_chat(app, gateway, fleet, Streaming(gateway, lookout, fleet, closing))
    _add_sessions(app, gateway, fleet)
    _add_overview(app, gateway, fleet, lookout)
    app.mount("/", Page(packages=[("bots.web", "page")], html=True))
    return Guard(app, bind)  # around all of it: a 500 carries the headers too


def _add_chat(app: FastAPI, gateway: AsyncGateway, fleet: Callable[[], Fleet], streaming: Streaming) -> None:
    async def own_job(job: str) -> JobView:
        view = await gateway.job(job)
        if not conversation.is_of(conversation.WEB, view.session):  # the words of other platforms stay there
            raise moves.unknown_job(job)
        return view

    @app.post("/api/chat")
    async def chat(request: Request) -> Response:
        message = message_of(await _body(request))
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

    @app.get("/api/jobs/{job}")
    async def look(job: str) -> Response:
        return JSONResponse(replies.public(await own_job(job), fleet()), headers=FRESH_ONLY)

    @app.get("/api/jobs/{job}/events")
    async def events(job: str) -> Response:
        await own_job(job)
        headers = {**FRESH_ONLY, "X-Accel-Buffering": "no"}
        return StreamingResponse(streaming.frames(job), media_type="text/event-stream", headers=headers)

    @app.delete("/api/jobs/{job}")
    async def withdraw(job: str) -> Response:
        await own_job(job)
        state = await gateway.cancel(job, conversation.WEB)
        return JSONResponse({"job": job, "state": state.value}, headers=FRESH_ONLY)


def _add_sessions(app: FastAPI, gateway: AsyncGateway, fleet: Callable[[], Fleet]) -> None:
    @app.delete("/api/sessions/{session}")
    async def forget(session: str) -> Response:
        named = conversation.label(session, "session")
        own = [conversation.session_of(conversation.WEB, persona, named) for persona in fleet().personas]
        turns = sum([await gateway.forget(name) for name in own])
        return JSONResponse({"session": session, "forgotten": turns}, headers=FRESH_ONLY)


def _add_overview(app: FastAPI, gateway: AsyncGateway, fleet: Callable[[], Fleet], lookout: Lookout) -> None:
    @app.get("/api/fleet")
    async def flock() -> Response:
        seen = await lookout.status()  # who there is to talk to is known without Redis
        states = await _states(gateway) if seen else conversation.NOBODY_AWAY
        personas = [told_persona(persona, fleet(), roster.why_away(persona, states)) for persona in fleet().personas]
        return JSONResponse({"personas": personas, "status": seen and told_status(seen)}, headers=FRESH_ONLY)

    @app.get("/healthz")
    async def healthz() -> Response:
        await gateway.store.run(moves.list_jobs(at_most=1))
        return JSONResponse({"redis": "reachable"}, headers=FRESH_ONLY)


class Page(StaticFiles):
    """The files of the page, from the package."""

    async def get_response(self, path: str, scope: Any) -> Response:
        """Return a file, and have browsers ask whether it is still the same."""
        response = await super().get_response(path, scope)
        response.headers.update(ALWAYS_ASK)
        return response


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


def message_of(body: bytes) -> ChatMessage:
    """Return the message in a posted body. Raises BadInput."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise BadInput("the body is not JSON", next_step='post {"text": "hello"}') from exc
    if not isinstance(fields, dict):
        raise BadInput("the body is not a JSON object", next_step='post {"text": "hello"}')
    if isinstance(text := fields.get("text"), str):  # half characters are for the ledger to mend, not to choke on
        fields["text"] = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    try:
        return ChatMessage.model_validate(fields)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]).encode("utf-8", "replace").decode()
        raise BadInput(
            f"{place}: {first['msg']}", next_step="fields are text, persona, session, message_id, ordinal"
        ) from exc


def told_persona(persona: Persona, fleet: Fleet, away: str) -> dict[str, Any]:
    """Return a persona as the page gets it; `away` is why it takes no messages."""
    told = {"name": persona.name, "model": persona.model, "demo": replies.speaks_as_demo(persona, fleet)}
    return {**told, "away": away} if away else told


def told_status(status: Status) -> dict[str, Any]:
    """Return the flock at a glance as the page gets it: names and numbers, no addresses."""
    return {
        "live": status.live,
        "hosts": [{"name": host.name, "live": host.live} for host in status.hosts],
        "backlogs": [
            {
                "model": backlog.slug,
                "waiting": backlog.waiting,
                "oldest_s": (status.now_ms - backlog.oldest_ms) / MS,
            }
            for backlog in status.backlogs
        ],
    }


def status_of(exc: RookeryError) -> int:
    """Return the HTTP status that says what kind of failure it was."""
    return next((status for kind, status in STATUS_OF if isinstance(exc, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


async def _states(gateway: AsyncGateway) -> Mapping[str, PersonaState]:
    try:
        return await gateway.store.run(roster.disabled())
    except RetryableError:
        return conversation.NOBODY_AWAY


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
        raise BadInput("the body is not announced as JSON", next_step=f"send it with Content-Type: {JSON_TYPE}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {MAX_BODY_BYTES} bytes")
    return bytes(body)


async def _tell(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RookeryError)
    return JSONResponse(replies.error(exc), status_of(exc), FRESH_ONLY)


async def _tell_http(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    kind = UnknownThing if exc.status_code == HTTPStatus.NOT_FOUND else BadInput
    return JSONResponse(replies.error(kind(str(exc.detail))), exc.status_code, FRESH_ONLY)


async def _tell_nothing(_request: Request, _exc: Exception) -> Response:
    """Answer where nobody foresaw what happened: the traceback goes to the log, never to the page."""
    return JSONResponse(replies.error(RookeryError(RookeryError.notice)), HTTPStatus.INTERNAL_SERVER_ERROR, FRESH_ONLY)
