"""Failures as OpenAI's API tells them: type, code, parameter and message, the status, and when to come again. Pure.

Official clients try again by themselves on 409, 429 and 5xx. Where that would only do the same work once more, they are
told not to: the ledger has tried a job several times before it ends in a notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from bots.web import failures
from bots.web.openai.base import UNSUPPORTED
from tasks.contracts.errors import (
    BadInput,
    KeyNeeded,
    KeyReused,
    NotAllowed,
    PersonaAway,
    Refused,
    RetryableError,
    RookeryError,
    UnknownModel,
    UnknownThing,
)
from tasks.contracts.jobs import Cause, JobView

INVALID, SERVER, LIMIT = "invalid_request_error", "server_error", "rate_limit_error"
AGAIN_S = 2  # when there is nothing that says when
NO_RETRY = {"x-should-retry": "false"}
MAX_PLACE_CHARS = 200
FORMS = frozenset({"str", "Chosen"})  # what a place is called where a value may have several
_ADDRESS = re.compile(r"\b[a-z]+://\S+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

#: Which code says what happened. The first that fits counts.
CODES: tuple[tuple[type[RookeryError], str, str | None], ...] = (
    (KeyReused, INVALID, "idempotency_key_reused"),
    (BadInput, INVALID, "invalid_value"),
    (UnknownModel, INVALID, "model_not_found"),
    (UnknownThing, INVALID, "not_found"),
    (KeyNeeded, INVALID, "invalid_api_key"),
    (NotAllowed, INVALID, "insufficient_permissions"),
    (PersonaAway, INVALID, "persona_away"),
    (Refused, LIMIT, "rate_limit_exceeded"),
    (RookeryError, SERVER, None),
)


@dataclass(frozen=True)
class Failure:
    """What is told."""

    status: int
    message: str
    kind: str
    code: str | None = None
    param: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def error(self) -> dict[str, str | None]:
        """The object that clients look for."""
        return {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}


class ErrorTold(BaseModel):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(BaseModel):
    """Every answer that is not a success."""

    error: ErrorTold


#: The notices that a job may end in: status, code, and the parameter to change.
NOTICES: dict[Cause, tuple[HTTPStatus, str, str | None]] = {
    Cause.TOO_LONG: (HTTPStatus.BAD_REQUEST, "context_length_exceeded", "messages"),
    Cause.REJECTED: (HTTPStatus.BAD_REQUEST, "rejected_by_engine", None),
    Cause.THOUGHT: (HTTPStatus.BAD_REQUEST, "max_tokens_reached", "max_completion_tokens"),
    Cause.EXPIRED: (HTTPStatus.GATEWAY_TIMEOUT, "deadline_exceeded", None),
    Cause.NOT_LOADED: (HTTPStatus.SERVICE_UNAVAILABLE, "model_not_loaded", "model"),
    Cause.NOT_GRANTED: (HTTPStatus.SERVICE_UNAVAILABLE, "memory_away", None),
    Cause.FAILED: (HTTPStatus.BAD_GATEWAY, "engine_failed", None),
    Cause.CRASHED: (HTTPStatus.BAD_GATEWAY, "engine_crashed", None),
}


def told(exc: RookeryError | HTTPException) -> Failure:
    """Return how a failure of ours is told."""
    if isinstance(exc, HTTPException):
        return Failure(exc.status_code, str(exc.detail), INVALID, headers=dict(exc.headers or {}))
    if isinstance(exc, BadInput) and isinstance(exc.__cause__, ValidationError):
        return of_validation(exc.__cause__)
    kind, code = next((kind, code) for known, kind, code in CODES if isinstance(exc, known))
    return Failure(
        _status(exc),
        _words(exc),
        kind,
        code or _CAMEL.sub("_", type(exc).__name__).lower(),
        "model" if isinstance(exc, UnknownModel | PersonaAway) else None,
        _headers(exc),
    )


def of_validation(exc: ValidationError) -> Failure:
    """Return how a body is told that is not what was wanted: the first place that is wrong."""
    first = exc.errors(include_url=False, include_input=False)[0]
    param = place_of(first["loc"])
    wish, code = first["msg"], "invalid_value"
    if first["type"] == "extra_forbidden":
        wish, code = "this argument is not known here", "unknown_parameter"
    elif first["type"] == "missing":
        wish, code = "this argument is missing", "missing_required_parameter"
    elif first["type"] == UNSUPPORTED:
        code = "unsupported_value"
    return Failure(HTTPStatus.BAD_REQUEST, f"{param}: {wish}" if param else wish, INVALID, code, param or None)


def place_of(loc: tuple[int | str, ...]) -> str:
    """Return where in a body something is, as clients write it, leaving out which of several forms it was held against.

    >>> place_of(("messages", 0, "content", "list[Part]", 1, "text"))
    'messages[0].content[1].text'
    """
    fields = [part for part in loc if isinstance(part, int) or (part.isidentifier() and part not in FORMS)]
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in fields]
    return "".join(parts).removeprefix(".").encode("utf-8", "replace").decode()[:MAX_PLACE_CHARS]


def of_notice(view: JobView) -> Failure:
    """Return how a job is told that ended without an answer."""
    if view.cause is None or view.cause not in NOTICES:
        words = f"job {view.job} was withdrawn before it was answered"
        return Failure(HTTPStatus.CONFLICT, words, INVALID, "withdrawn", headers=dict(NO_RETRY))
    status, code, param = NOTICES[view.cause]
    return Failure(
        status,
        " ".join(filter(None, (view.text, _reason(view)))),
        INVALID if status < HTTPStatus.INTERNAL_SERVER_ERROR else SERVER,
        code,
        param,
        dict(NO_RETRY),
    )


def of_another_try(job: str) -> Failure:
    """Return how a stream ends when another try writes an answer that does not go on with what was streamed."""
    words = f"another try of job {job} writes a new answer; `GET /jobs/{job}` has the whole of it when it is there"
    return Failure(HTTPStatus.BAD_GATEWAY, words, SERVER, "started_over")


def _reason(view: JobView) -> str:
    """Return an engine's own words about a request that it does not take; where it stands is nobody's business."""
    if view.cause not in (Cause.REJECTED, Cause.TOO_LONG):
        return ""
    return _ADDRESS.sub("the engine", view.error.partition(": ")[2])


def _status(exc: RookeryError) -> int:
    return HTTPStatus.BAD_REQUEST if type(exc) is BadInput else failures.status_of(exc)


def _words(exc: RookeryError) -> str:
    """Return what is told; what is wrong inside is for the log."""
    return exc.notice if isinstance(exc, RetryableError) else str(exc)


def _headers(exc: RookeryError) -> dict[str, str]:
    headers = failures.headers_of(exc)
    if isinstance(exc, RetryableError | Refused):
        headers.setdefault("Retry-After", str(AGAIN_S))
    return {**headers, **(NO_RETRY if isinstance(exc, PersonaAway | KeyReused) else {})}


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of these statuses."""
    return {status: {"model": ErrorAnswer, "description": HTTPStatus(status).phrase} for status in statuses}
