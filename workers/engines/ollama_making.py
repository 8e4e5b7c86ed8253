"""Has Ollama make a model of another one and an adapter: the file goes there first, then the two are put together.

Ollama 0.34.1 and later refuse that in one sentence. What was made before goes on answering there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from tasks.contracts.digests import file_sha256
from tasks.contracts.errors import EngineRejected
from workers.engines import failures
from workers.engines.exchange import accepted, fetch, json_of
from workers.engines.failures import Asked
from workers.engines.wire import Request

UPLOAD_S = 600.0
MAKE_S = 120.0
TAKEN = frozenset({HTTPStatus.OK, HTTPStatus.CREATED})
NO_LONGER = "no longer supported"
SAID = 300  # characters


def make(base_url: str, headers: Mapping[str, str], secret: str, name: str, base: str, file: Path) -> None:
    """Make `name` of the model `base` and the adapter in `file`, a GGUF file.

    Raises:
        EngineRejected: this Ollama takes no adapters, or not this one, or there is no such file.
        EngineError: it is not there, or not in time.
    """
    digest = _digest(file, base_url)
    _bring(Asked(f"{base_url}/api/blobs/{digest}", secret=secret), headers, file)
    asked = Asked(f"{base_url}/api/create", name, secret=secret)
    # By the whole name of the file Ollama knows what it is.
    body = {"model": name, "from": base, "adapters": {"adapter.gguf": digest}, "stream": False}
    reply = fetch(asked, Request("POST", asked.url, body, headers), MAKE_S)
    if reply.status == HTTPStatus.BAD_REQUEST and NO_LONGER in reply.body.decode(errors="replace"):
        raise EngineRejected(
            f"{base_url} takes no adapters: Ollama gave that up with 0.34.1",
            next_step="keep Ollama at 0.33 there, or serve the model with llama.cpp or vLLM",
        )
    said = json_of(asked, accepted(asked, reply).body)
    if said.get("status") != "success":
        raise EngineRejected(
            f"{base_url} made no model {name!r}: it said {str(said)[:SAID]}", next_step="look into the log of Ollama"
        )


def drop(base_url: str, headers: Mapping[str, str], secret: str, name: str, total_s: float) -> None:
    """Have a model deleted; one that is not there is left alone."""
    asked = Asked(f"{base_url}/api/delete", name, secret=secret)
    reply = fetch(asked, Request("DELETE", asked.url, {"model": name}, headers), total_s)
    if reply.status != HTTPStatus.NOT_FOUND:
        accepted(asked, reply)


def _bring(asked: Asked, headers: Mapping[str, str], file: Path) -> None:
    """Send a file, unless Ollama has it."""
    if fetch(asked, Request("HEAD", asked.url, None, headers), UPLOAD_S).status == HTTPStatus.OK:
        return
    reply = fetch(asked, Request("POST", asked.url, None, headers, file), UPLOAD_S)
    if reply.status not in TAKEN:
        raise failures.from_response(asked, reply.status, reply.body, reply.retry_after, datetime.now(UTC))


def _digest(file: Path, base_url: str) -> str:
    try:
        return f"sha256:{file_sha256(file)}"
    except OSError as exc:
        raise EngineRejected(
            f"{file} cannot be brought to {base_url}: {exc.strerror}", next_step="give the path of a GGUF file"
        ) from exc
