"""What a server says went wrong, in HTTP or in the middle of a stream, told in the words of our error tree."""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tasks.contracts.errors import (
    ContextExceeded,
    EngineOverloaded,
    EngineRejected,
    EngineUnavailable,
    ModelLoadFailed,
    OutOfMemory,
    RookeryError,
    WrongModel,
)
from tasks.contracts.masking import mask, mask_known

MAX_WORDS = 300  # characters of the server's own words that are passed on
MAX_RETRY_AFTER_S = 3600.0
OVERLOADED = frozenset({408, 429, 503})
UNAUTHORISED = frozenset({401, 403})
NOT_FOUND = 404
NOT_IMPLEMENTED = 501
TOO_LONG = re.compile(r"exceed_context_size|context_length_exceeded|maximum context length|context size|context length")
#: What servers say when there is no room: CUDA and Metal by way of llama.cpp and vLLM, Ollama, LM Studio.
NO_MEMORY = re.compile(
    r"out of memory|out_of_memory|insufficient (system )?(memory|resources)|not enough memory"
    r"|(failed|unable|not able) to allocate|malloc failed|no available memory|outofmemory|not enough (resources|vram)"
    r"|more (system|gpu) memory"
)
#: What they say when a model that they know, or do not know, is not there to answer.
NOT_LOADED = re.compile(
    r"(failed|unable) to load|error loading model|model[^.]* (is )?not (loaded|found)|model[^.]* does not exist"
    r"|no models? (is )?loaded|model (is |was |has been )?unloaded|model has crashed"
    r"|(runner|server) process (has terminated|no longer running)|timed out waiting for \w+ runner"
)
#: What they say of a model, or of a server, that only talks; and of one whose switches leave the tools out.
EMBEDS_NOT = re.compile(
    r"not support (the )?embedding|not an? embedding|no embedding|embeddings? (is|are|api is|endpoint is) not"
    r"|without `?--embedding|start it with `?--embedding"
)
TOO_LARGE_TO_EMBED = re.compile(r"too large to process|input length exceeds|physical batch size")
TALKS_NOT = re.compile(r"not support (the )?(logits computation|completions?|chat|generate)")
NO_TOOLS = re.compile(
    r"not support tools|requires --jinja|tools? (is|are) not supported|failed to parse (tools|messages)"
)
#: For servers that name the kind of a failure in the stream and leave out the number.
STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "overloaded_error": 503,
    "unavailable_error": 503,
}


class Refusal(Protocol):
    """Says which error an answer is that is not 200."""

    def __call__(self, asked: Asked, status: int, body: bytes, retry_after: str, now: datetime, /) -> RookeryError:
        """Return that error."""
        ...


@dataclass(frozen=True)
class Asked:
    """What was asked, and of which model: its name at the server, and what else an answer of it may be signed with.

    `secret` is the key that it was asked with: some servers repeat one that they refuse.
    """

    url: str
    model: str = ""
    also: frozenset[str] = frozenset()
    secret: str = field(default="", repr=False)


def check_model(asked: Asked, answered_by: object) -> None:
    """Raise WrongModel when the answer says that it is another's. A server that names nobody is believed."""
    if answered_by and answered_by != asked.model and answered_by not in asked.also:
        raise WrongModel(
            f"{asked.url} answered with model {answered_by!r} when asked for {asked.model!r}",
            next_step="load the model there, or name it in the fleet file as the server does",
        )


def from_broken(asked: Asked, broken: Exception | None) -> EngineUnavailable:
    """Return the error that a connection is which ended before the server answered anything."""
    cause: BaseException | None = broken
    while cause is not None and (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner  # the layers between say the same at greater length
    why = f": {cause or type(cause).__name__}" if cause else ""
    return EngineUnavailable(f"{asked.url} did not answer{why}", next_step="check that the inference server runs")


def from_response(asked: Asked, status: int, body: bytes, retry_after: str, now: datetime) -> RookeryError:
    """Return the error that an answer with this status is."""
    said = _object(body)
    return _failure(asked, status, _reason(said, asked.secret), _kind(said), retry_after_s(retry_after, now))


def from_load(asked: Asked, status: int, body: bytes, retry_after: str, now: datetime) -> RookeryError:
    """Return the error that an answer with this status is when the server was to load a model."""
    told = from_response(asked, status, body, retry_after, now)
    if status in UNAUTHORISED or isinstance(told, ModelLoadFailed | OutOfMemory | EngineOverloaded):
        return told
    return ModelLoadFailed(
        f"{told.message} (asked to load model {asked.model!r})",
        next_step="look into the log of the inference server: it says what is wrong with the model",
    )


def from_embedding(asked: Asked, status: int, body: bytes, retry_after: str, now: datetime) -> RookeryError:
    """Return the error that an answer with this status is when the server was to embed."""
    told = from_response(asked, status, body, retry_after, now)
    if TOO_LARGE_TO_EMBED.search(told.message.lower()):
        return ContextExceeded(told.message, next_step="send shorter texts, or give the model a larger context")
    no_route = isinstance(told, EngineRejected) and status in (NOT_FOUND, NOT_IMPLEMENTED)
    if isinstance(told, ContextExceeded) or not (no_route or EMBEDS_NOT.search(told.message.lower())):
        return told
    return EngineRejected(
        f"{told.message} (asked model {asked.model!r} to embed)",
        next_step="embed with a model that is made for it, on a server that offers /v1/embeddings",
    )


def from_stream(asked: Asked, said: Mapping[str, Any]) -> RookeryError:
    """Return the error that an event with an error object in it is."""
    kind = _kind(said)
    error = said.get("error")
    code = error.get("code") if isinstance(error, dict) else said.get("status")  # Ollama puts it beside the words
    reason = _reason(said, asked.secret)
    unsaid = 400 if TOO_LONG.search(reason.lower()) else 500
    status = code if isinstance(code, int) else STATUS_OF_TYPE.get(kind.partition(" ")[0], unsaid)
    return _failure(asked, status, reason, kind, 0.0)


def retry_after_s(header: str, now: datetime) -> float:
    """Return the seconds that a Retry-After header asks for, as a number or as a date; 0 when it does not say.

    >>> from datetime import UTC
    >>> retry_after_s("Wed, 21 Oct 2026 07:28:30 GMT", datetime(2026, 10, 21, 7, 28, tzinfo=UTC))
    30.0
    """
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (email.utils.parsedate_to_datetime(header) - now).total_seconds()
        except (ValueError, TypeError):
            return 0.0
    # A comparison with NaN is false, so this is 0 for it too.
    return min(seconds, MAX_RETRY_AFTER_S) if seconds > 0 else 0.0


def _failure(asked: Asked, status: int, reason: str, kind: str, wait_s: float) -> RookeryError:
    said = f"{asked.url} answered {status}" + (f": {reason}" if reason else "")
    words = reason.lower()
    if NO_MEMORY.search(words):
        return OutOfMemory(said, next_step="give this host smaller models, or fewer of them at a time")
    if status not in UNAUTHORISED and NOT_LOADED.search(words):
        return _not_loaded(asked, said)
    if status in OVERLOADED:
        return EngineOverloaded(said, next_step="wait, or send less to this host at a time", retry_after_s=wait_s)
    if status == NOT_IMPLEMENTED or NO_TOOLS.search(words) or TALKS_NOT.search(words):
        return EngineRejected(said, next_step="use a model or an engine that can do this")
    if not 400 <= status < 500:
        return EngineUnavailable(said, next_step="look into the log of the inference server")
    return _refusal(asked, status, said, kind)


def _not_loaded(asked: Asked, said: str) -> ModelLoadFailed:
    whom = f" (asked for model {asked.model!r})" if asked.model else ""
    return ModelLoadFailed(said + whom, next_step="compare the model's name with the server's list; look into its log")


def _refusal(asked: Asked, status: int, said: str, kind: str) -> RookeryError:
    if TOO_LONG.search(f"{kind} {said}".lower()):
        return ContextExceeded(said, next_step="send less text, or give the model a larger context")
    if status == NOT_FOUND:
        whom = f" (asked for model {asked.model!r})" if asked.model else ""
        return EngineRejected(said + whom, next_step="compare the model's name with the server's GET /v1/models")
    if status in UNAUTHORISED:
        return EngineRejected(said, next_step="check the API key of this engine")
    return EngineRejected(said, next_step="read the reason; the same request will be refused again")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = body.decode("utf-8", "replace")
    return said if isinstance(said, dict) else {"error": said}


def _reason(said: Mapping[str, Any], secret: str) -> str:
    """Return the server's own words, on one line, masked. `detail` lists are left out: they repeat the request."""
    error = said.get("error", said.get("detail"))
    words = error.get("message") if isinstance(error, dict) else error
    if not isinstance(words, str):
        return ""
    return mask_known(mask(" ".join(words.split())), [secret])[:MAX_WORDS]


def _kind(said: Mapping[str, Any]) -> str:
    error = said.get("error")
    return f"{error.get('type') or ''} {error.get('code') or ''}" if isinstance(error, dict) else ""
