"""A job as programs are told of it, and waiting for its answer for as long as they do."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from bots import replies
from bots.following import ticking
from bots.web import doors
from bots.web.native import asking
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import WAITING, Cause, JobState, JobView, Outcome
from tasks.contracts.messages import JobRequest
from tasks.jobs.watching import Answered

Progress = Literal["waiting", "running", "done", "failed", "withdrawn"]
GONE = 499  # what servers note of a client that did not wait: nobody reads that answer
STATUS_OF: dict[Cause, int] = {
    Cause.EXPIRED: HTTPStatus.GATEWAY_TIMEOUT,
    Cause.REJECTED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Cause.TOO_LONG: HTTPStatus.UNPROCESSABLE_ENTITY,
    Cause.THOUGHT: HTTPStatus.UNPROCESSABLE_ENTITY,
    Cause.NOT_GRANTED: HTTPStatus.SERVICE_UNAVAILABLE,
}


def progress(view: JobView) -> Progress:
    """Return how far a job is, in the fewest words that a program needs."""
    if view.state is JobState.WITHDRAWN:
        return "withdrawn"
    if view.outcome is not None:
        return "done" if view.outcome is Outcome.REPLY else "failed"
    return "waiting" if view.state in WAITING else "running"


def told(view: JobView, fleet: Fleet) -> dict[str, Any]:
    """Return a job as JSON: `text` is the reply, or what there is of it so far; `error` says why there is none."""
    failed = progress(view) == "failed"
    return {
        "job": view.job,
        "status": progress(view),
        "state": view.state.value,
        "text": "" if failed else view.text,
        "error": {"type": view.cause or "", "message": view.text, "next_step": ""} if failed else None,
        "persona": view.persona,
        "model": view.model,
        "demo": replies.is_demo(view.model, fleet),
        "host": view.host,
        "finish_reason": view.finish_reason,
        "usage": view.usage.model_dump(),
        "ahead": view.ahead,
        "eta_s": view.eta_s,
        "received_ms": view.received_ms,
        "ended_ms": view.ended_ms,
        "timings_ms": view.timings_ms(),
    }


def status_of(view: JobView) -> int:
    """Return the HTTP status of an answer that was waited for."""
    how = progress(view)
    if how == "failed":
        return STATUS_OF.get(view.cause or Cause.FAILED, HTTPStatus.BAD_GATEWAY)
    return HTTPStatus.CONFLICT if how == "withdrawn" else HTTPStatus.OK


def accepted(job: str, more: Mapping[str, Any]) -> Response:
    """Return the answer to whoever does not wait: where to ask for the job."""
    headers = {**FRESH_ONLY, "Location": f"/jobs/{job}"}
    return JSONResponse({"job": job, "status": "waiting", **more}, HTTPStatus.ACCEPTED, headers)


async def waited(
    request: Request, site: Site, asked: JobRequest, *, more: Mapping[str, Any], taken_back: bool = True
) -> Response:
    """Submit a job and answer with what came of it; after a deadline's time, or while the server ends, with its id.

    Where the client is gone before, a job that is to be `taken_back` then is. Raises as `AsyncGateway.submit`, and
    ServerBusy where as many wait as may.
    """
    known = doors.doors_of(request)
    until_s = known.clock.monotonic_s() + asked.deadline_s
    with known.streams.place():
        async with contextlib.aclosing(ticking(site.gateway.converse(asked, until_answered=True))) as events:
            async for event in events:
                if isinstance(event, Answered):
                    asking.check(asked, event.view)
                    body = {**told(event.view, site.fleet()), **more}
                    return JSONResponse(body, status_of(event.view), FRESH_ONLY)
                if await request.is_disconnected():
                    if taken_back:
                        await site.gateway.cancel(asked.job, asked.user)
                    return Response(status_code=GONE)
                if known.clock.monotonic_s() >= until_s or site.closing():
                    break
    return accepted(asked.job, more)
