"""How errors of ours are told over HTTP: which status, and the same words as everywhere."""

from __future__ import annotations

import math
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from bots import replies
from bots.web.site import FRESH_ONLY
from tasks.contracts.errors import (
    BadInput,
    JobMoved,
    KeyNeeded,
    NotAllowed,
    PersonaAway,
    Refused,
    RetryableError,
    RookeryError,
    UnknownThing,
)

SOON_S = 2  # to come again where nobody can tell: Redis is away, say
STATUS_OF: tuple[tuple[type[RookeryError], int], ...] = (
    (BadInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (UnknownThing, HTTPStatus.NOT_FOUND),
    (KeyNeeded, HTTPStatus.UNAUTHORIZED),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (Refused, HTTPStatus.TOO_MANY_REQUESTS),
    (JobMoved, HTTPStatus.CONFLICT),
    (PersonaAway, HTTPStatus.CONFLICT),
    (RetryableError, HTTPStatus.SERVICE_UNAVAILABLE),
)


def status_of(exc: RookeryError) -> int:
    """Return the HTTP status that says what kind of failure it was."""
    return next((status for kind, status in STATUS_OF if isinstance(exc, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def headers_of(exc: RookeryError) -> dict[str, str]:
    """Return the headers that an answer about a failure carries: when to come again, what to show."""
    headers = dict(FRESH_ONLY)
    if isinstance(exc, KeyNeeded):
        headers["WWW-Authenticate"] = "Bearer"
    again_s = getattr(exc, "retry_after_s", SOON_S if isinstance(exc, RetryableError) else None)
    if again_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(again_s)))
    return headers


def add(app: FastAPI) -> None:
    """Have `app` tell every failure as JSON."""
    app.add_exception_handler(RookeryError, _tell)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(RequestValidationError, _tell_invalid)
    app.add_exception_handler(Exception, _tell_nothing)


async def _tell(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RookeryError)
    return JSONResponse(replies.error(exc), status_of(exc), headers_of(exc))


async def _tell_http(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    kind = UnknownThing if exc.status_code == HTTPStatus.NOT_FOUND else BadInput
    return JSONResponse(replies.error(kind(str(exc.detail))), exc.status_code, FRESH_ONLY)


async def _tell_invalid(_request: Request, exc: Exception) -> Response:
    """Answer where a parameter of a path or a query is not what the route asks for."""
    assert isinstance(exc, RequestValidationError)
    first = exc.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:])
    refused = BadInput(f"{place}: {first['msg']}", next_step="the API documents what it takes")
    return JSONResponse(replies.error(refused), status_of(refused), FRESH_ONLY)


async def _tell_nothing(_request: Request, _exc: Exception) -> Response:
    """Answer where nobody foresaw what happened: the traceback goes to the log, never to the page."""
    return JSONResponse(replies.error(RookeryError(RookeryError.notice)), HTTPStatus.INTERNAL_SERVER_ERROR, FRESH_ONLY)
