"""Inference servers, emulated as far as their listings: each answers what the real one answers, and nothing more."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

FOREVER = "2318-03-05T11:22:33.123456789Z"
SOON = "2026-11-21T12:05:00Z"

Pages = Mapping[str, Any]


def openai_list(*entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return a listing in OpenAI's form."""
    return {"object": "list", "data": [{"object": "model", "created": 1, **entry} for entry in entries]}


def lm_studio_model(key: str, *, loaded: bool, kind: str = "llm", **config: int) -> dict[str, Any]:
    """Return an entry of LM Studio's own listing."""
    instances = [{"id": key, "config": {"context_length": 8192, "parallel": 4, **config}}] if loaded else []
    sizes = {"size_bytes": 4_000_000_000, "max_context_length": 32768, "format": "gguf"}
    return {
        "type": kind,
        "publisher": "someone",
        "key": key,
        "display_name": key,
        "loaded_instances": instances,
        **sizes,
    }


def lm_studio(*models: Mapping[str, Any], jit: bool = True) -> Pages:
    """Return the pages of LM Studio 0.4: with JIT on, /v1/models lists what is not in memory too."""
    listed = [model["key"] for model in models if jit or model["loaded_instances"]]
    return {
        "/v1/models": openai_list(*({"id": key, "owned_by": "organization_owner"} for key in listed)),
        "/api/v1/models": {"models": list(models)},
    }


def old_lm_studio(**states: str) -> Pages:
    """Return the pages of LM Studio 0.3; `states` are `loaded` or `not-loaded`."""
    entries = [
        {"id": key, "type": "embeddings" if "embed" in key else "llm", "state": state, "arch": "llama"}
        for key, state in states.items()
    ]
    return {
        "/v1/models": openai_list(*({"id": key, "owned_by": "organization_owner"} for key in states)),
        "/api/v0/models": {"object": "list", "data": entries},
    }


def ollama(*names: str, embeddings: str = "", running: str = "", until: str = SOON) -> Pages:
    """Return the pages of Ollama: what was pulled, and what runs until when."""
    tags = [{"name": name, "model": name, "size": 1, "digest": "d", "capabilities": ["completion"]} for name in names]
    if embeddings:
        tags.append({"name": embeddings, "model": embeddings, "size": 1, "capabilities": ["embedding"]})
    listing = openai_list(*({"id": tag["name"], "owned_by": "library"} for tag in tags))
    held = [{"name": running, "model": running, "expires_at": until, "size_vram": 1}] if running else []
    return {
        "/v1/models": listing if tags else {"object": "list", "data": None},  # as Go writes an empty list
        "/api/version": {"version": "0.33.0"},
        "/api/tags": {"models": tags},
        "/api/ps": {"models": held},
    }


def vllm(base: str, *adapters: str) -> Pages:
    """Return the pages of vLLM: one model, and its adapters."""
    entries = [{"id": base, "owned_by": "vllm", "root": base, "parent": None, "max_model_len": 16384}]
    entries += [{"id": name, "owned_by": "vllm", "root": f"/adapters/{name}", "parent": base} for name in adapters]
    return {"/v1/models": openai_list(*entries), "/version": {"version": "0.33.0"}}


def router(*, autoload: bool = True, **states: str) -> Pages:
    """Return the pages of a llama-server that was started without a model."""
    entries = [{"id": key, "owned_by": "llamacpp", "status": {"value": state}} for key, state in states.items()]
    props = {"role": "router", "max_instances": 4, "models_autoload": autoload}
    return {"/v1/models": openai_list(*entries), "/props": props}


@dataclass
class Emulated:
    """A server on a port of its own that knows these pages; `key` is what it wants to be shown before any of them."""

    pages: Pages
    key: str = ""
    #: What is answered to any other path. LM Studio's is 200, with an error in it.
    unknown: tuple[int, Any] = (404, {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}})
    asked: list[str] = field(default_factory=list)
    delay_s: float = 0.0

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, authorization: str) -> tuple[int, Any]:
        """Return the status and the object that a GET of `path` is answered with."""
        self.asked.append(path)
        if self.key and authorization != f"Bearer {self.key}":
            return 401, {"error": {"message": "An API token is required", "type": "invalid_request", "code": None}}
        return (200, self.pages[path]) if path in self.pages else self.unknown


def _handler_of(emulated: Emulated) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # Nothing but GET: http.server refuses the rest with 501, as no look may change anything.
        def do_GET(self) -> None:
            time.sleep(emulated.delay_s)
            status, said = emulated.answer(self.path, self.headers.get("Authorization", ""))
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            return

    return Handler


LM_STUDIOS_UNKNOWN = (200, {"error": "Unexpected endpoint or method. (GET /somewhere)"})
