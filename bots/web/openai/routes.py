"""The routes of OpenAI's API."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from bots.web import bodies, doors
from bots.web.openai import embedding, failures, keyed, listing, orders, said, streaming
from bots.web.openai.asked import ChatRequest
from bots.web.openai.base import AskedBody
from bots.web.openai.chunks import Chunks
from bots.web.openai.describing import STREAM, described
from bots.web.openai.embedding import EmbeddingList, EmbeddingRequest
from bots.web.openai.keyed import Keyed
from bots.web.openai.line import HungUp, Line
from bots.web.openai.listing import ModelList, ModelTold
from bots.web.openai.orders import Order
from bots.web.openai.roll import Roll
from bots.web.openai.said import Completion
from bots.web.openai.speakers import speaker
from bots.web.openai.streaming import NoAnswer
from bots.web.site import FRESH_ONLY, Site
from bots.web.visitors import API, Visitor
from tasks.contracts.errors import RookeryError
from tasks.contracts.jobs import JobView, Outcome
from tasks.contracts.messages import JobRequest
from tasks.jobs.keys import Scope

PREFIX = "/v1"
IDEMPOTENCY_KEY, REQUEST_ID = "idempotency-key", "x-request-id"
GONE = 499  # what servers note of clients that hung up; nobody reads it
ALLOWED = {"/chat/completions": "POST", "/embeddings": "POST", "/models": "GET"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
USUAL = (400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504)
LOOKS = (401, 404, 500, 503)
NAME = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
may_chat, may_embed = (doors.needs(scope).dependency for scope in (Scope.CHAT, Scope.EMBED))
Told = dict[int | str, dict[str, Any]]  # what OpenAPI says of answers
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def router(site: Site) -> APIRouter:
    """Return the routes under `/v1`."""
    routes = APIRouter(prefix=PREFIX, route_class=Route, tags=["OpenAI"])
    desk = Desk(site)
    _add_chat(routes, desk)
    _add_embeddings(routes, desk)
    _add_models(routes, desk)
    _add_the_rest(routes)
    return routes


class Route(APIRoute):
    """A route whose failures are told as OpenAI's API tells them.

    What answers takes the request alone: to have its arguments found anew each time takes longer than all the rest.
    """

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        handle: Handler = self.endpoint

        async def tell(request: Request) -> Response:
            try:
                return await handle(request)
            except (RookeryError, HTTPException) as exc:
                return failed(failures.told(exc))
            except NoAnswer as exc:
                return failed(failures.of_notice(exc.view), exc.view.job)
            except HungUp:
                return Response(status_code=GONE)

        return tell


class Desk:
    """What the routes have in common: the flock, who takes messages, who listens to which job."""

    def __init__(self, site: Site) -> None:
        self.site, self.roll = site, Roll(site.gateway.store)
        self._listeners: Counter[str] = Counter()

    async def order(self, request: Request, asker: Visitor, asked: AskedBody) -> tuple[Order, Keyed | None]:
        """Return the names of the job that does what was asked: new ones, or by the key that came with it.

        Raises:
            KeyReused: the key came with another request before.
            BadInput: the key cannot be one.
        """
        if (key := request.headers.get(IDEMPOTENCY_KEY)) is None:
            job = uuid.uuid4().hex
            return Order(asker, job, f"{API}:{job}"), None
        named = keyed.keyed(asker.user, key, f"{type(asked).__name__} {asked.model_dump_json()}")
        job = await keyed.job_of(named, self.site.gateway)
        return Order(asker, job, named.session(job)), named

    def line(self, request: Request, asker: Visitor, job: JobRequest, named: Keyed | None) -> Line:
        """Return the line of a client that waits for a job."""
        return Line(self.site, request, asker, job, self._listeners, named)


def _add_chat(routes: APIRouter, desk: Desk) -> None:
    fleet = desk.site.fleet
    told: Told = {200: {"model": Completion, "content": STREAM, "description": "The answer, or a stream of it"}}

    @routes.post(
        "/chat/completions", openapi_extra=described(ChatRequest), responses={**told, **failures.answers(*USUAL)}
    )
    async def complete(request: Request) -> Response:
        """Answer a conversation."""
        asker = await may_chat(request)
        asked = await bodies.read(request, ChatRequest)
        who = speaker(asked.model, fleet())
        order, named = await desk.order(request, asker, asked)
        job = orders.chat(asked, who, fleet(), await desk.roll.states(), order)
        line = desk.line(request, asker, job, named)
        if not asked.stream:
            return whole(said.completion(await answered(line), asked.model, fleet()), job.job)
        chunks = Chunks(job.job, asked.model, int(time.time()), fleet(), tells_usage=asked.tells_usage)
        first, events = await streaming.opened(line, chunks)
        frames = streaming.frames(line, chunks, first, events)
        return doors.doors_of(request).streams.response(frames, headers={REQUEST_ID: job.job})


def _add_embeddings(routes: APIRouter, desk: Desk) -> None:
    fleet = desk.site.fleet
    told: Told = {200: {"model": EmbeddingList}}

    @routes.post(
        "/embeddings", openapi_extra=described(EmbeddingRequest), responses={**told, **failures.answers(*USUAL)}
    )
    async def embed(request: Request) -> Response:
        """Make vectors of texts."""
        asker = await may_embed(request)
        asked = await bodies.read(request, EmbeddingRequest)
        who = speaker(asked.model, fleet())
        order, named = await desk.order(request, asker, asked)
        job = orders.embedding(asked, who, fleet(), order)
        view = await answered(desk.line(request, asker, job, named))
        return whole(embedding.answer(view, asked), job.job)


def _add_models(routes: APIRouter, desk: Desk) -> None:
    fleet = desk.site.fleet

    @routes.get("/models", responses={200: {"model": ModelList}, **failures.answers(*LOOKS)})
    async def models(request: Request) -> Response:
        """List who answers: personas and models."""
        await doors.visitor(request)
        return whole(listing.listing(fleet(), await desk.roll.states()))

    @routes.get(
        "/models/{name:path}",
        responses={200: {"model": ModelTold}, **failures.answers(*LOOKS)},
        openapi_extra={"parameters": [NAME]},
    )
    async def model(request: Request) -> Response:
        """Tell of one who answers."""
        await doors.visitor(request)
        return whole(listing.one(request.path_params["name"], fleet()))


def _add_the_rest(routes: APIRouter) -> None:
    @routes.api_route("/{path:path}", methods=list(METHODS), include_in_schema=False)
    async def nothing(request: Request) -> Response:
        """Say in OpenAI's words that there is nothing here."""
        here = f"{request.method} {request.url.path}"
        path = request.url.path.removeprefix(PREFIX)
        allowed = ALLOWED["/models"] if path.startswith("/models/") else ALLOWED.get(path)
        if allowed:
            raise HTTPException(
                HTTPStatus.METHOD_NOT_ALLOWED, f"{here} is not done; it takes {allowed}", {"Allow": allowed}
            )
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no {here} here")


async def answered(line: Line) -> JobView:
    """Return a job with its reply.

    Raises:
        NoAnswer: it ended in a notice.
        HungUp: the client did.
        RookeryError: as `Line.answer` does.
    """
    view = await line.answer()
    if view.outcome is not Outcome.REPLY:
        raise NoAnswer(view)
    return view


def whole(answer: BaseModel, job: str = "") -> Response:
    """Return an answer, with the id of its job where it has one."""
    headers = {**FRESH_ONLY, **({REQUEST_ID: job} if job else {})}
    return Response(answer.model_dump_json(), media_type=bodies.JSON_TYPE, headers=headers)


def failed(failure: failures.Failure, job: str = "") -> Response:
    """Return how a failure is told."""
    headers = {**FRESH_ONLY, **failure.headers, **({REQUEST_ID: job} if job else {})}
    return JSONResponse({"error": failure.error}, failure.status, headers)
