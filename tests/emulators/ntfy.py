"""An emulator of a server of ntfy, as strict as the real one: topics, headers, priorities, tokens, limits.

What is posted to `/<topic>` is a message; its title and tags are in headers, in ASCII or as mail has them. A message
beyond 4096 bytes becomes a file. It answers errors with ntfy's own numbers. What goes wrong is told it beforehand.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

TOPIC = re.compile(r"/([-_A-Za-z0-9]{1,64})")
PRIORITIES = {"min": 1, "low": 2, "default": 3, "high": 4, "max": 5, "urgent": 5, **{str(n): n for n in range(1, 6)}}
MOST_BYTES = 4096
LOST = "lost"  # taken, and the connection ends without an answer
MUTE = "mute"  # neither taken nor answered, for a while
MUTE_S = 30.0
ERRORS = {
    400: (40009, "invalid request: topic invalid"),
    401: (40101, "unauthorized"),
    403: (40301, "forbidden"),
    404: (40401, "page not found"),
    413: (41303, "request entity body too large"),
    429: (42901, "limit reached: too many requests, please be nice"),
    500: (50001, "internal server error"),
}


@dataclass(frozen=True)
class Message:
    """What whoever follows a topic sees."""

    topic: str
    title: str
    text: str
    priority: int
    tags: tuple[str, ...]
    file: bool = False
    """It was too long, and has to be opened."""


@dataclass
class Ntfy:
    """The server. With `tokens` nobody else may write."""

    tokens: frozenset[str] = frozenset()
    burst: int = 60
    """Requests of one visitor before the server has enough."""
    faults: deque[int | str] = field(default_factory=deque)
    """What goes wrong with the next posts: a status, or one of the words above."""
    retry_after: str = ""
    messages: list[Message] = field(default_factory=list)
    posts: int = 0

    def __post_init__(self) -> None:
        server = self
        self._ended = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                server.serve(self)

            def do_PUT(self) -> None:
                server.serve(self)

            def log_request(self, *_said: Any) -> None:
                """Keep quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._http.shutdown()
        self._http.server_close()

    def serve(self, asked: BaseHTTPRequestHandler) -> None:
        """Take one post."""
        self.posts += 1
        body = asked.rfile.read(int(asked.headers.get("Content-Length", 0)))
        fault = self.faults.popleft() if self.faults else None
        if fault == MUTE:
            self._ended.wait(MUTE_S)
            asked.close_connection = True
            return
        status = fault if isinstance(fault, int) else self._refusal(asked)
        if status:
            self._say(asked, status, {"code": ERRORS[status][0], "http": status, "error": ERRORS[status][1]})
            return
        message = read(asked, body)
        if message is None:
            self._say(asked, 400, {"code": 40007, "http": 400, "error": "invalid request: priority invalid"})
            return
        self.messages.append(message)
        if fault == LOST:
            asked.close_connection = True
            return
        self._say(asked, 200, {"id": f"m{self.posts}", "time": int(time.time()), "event": "message", **vars(message)})

    def _refusal(self, asked: BaseHTTPRequestHandler) -> int:
        """Return the status that a post is refused with; 0: it is not."""
        if self.posts > self.burst:
            return 429
        address = urlsplit(asked.path)
        if not TOPIC.fullmatch(address.path):
            return 404 if address.path.count("/") > 1 else 400
        said = asked.headers.get("Authorization", "")
        if self.tokens and not said:
            return 403
        if said and (not said.startswith("Bearer ") or said.removeprefix("Bearer ") not in self.tokens):
            return 401
        return 0

    def _say(self, asked: BaseHTTPRequestHandler, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        asked.send_response(status)
        asked.send_header("Content-Type", "application/json")
        asked.send_header("Content-Length", str(len(body)))
        if status == 429 and self.retry_after:
            asked.send_header("Retry-After", self.retry_after)
        asked.end_headers()
        asked.wfile.write(body)


def read(asked: BaseHTTPRequestHandler, body: bytes) -> Message | None:
    """Return what was posted; None where its priority is none."""
    said = {name: asked.headers.get(name, "") for name in ("Title", "Priority", "Tags")}
    assert all(text.isascii() for text in said.values()), "http.client sends headers as latin-1: nobody could read this"
    priority = PRIORITIES.get(said["Priority"].lower() or "default")
    found = TOPIC.fullmatch(urlsplit(asked.path).path)
    if priority is None or found is None:
        return None
    tags = tuple(tag.strip() for tag in said["Tags"].split(",") if tag.strip())
    title = str(make_header(decode_header(said["Title"])))
    file = len(body) > MOST_BYTES
    text = "You received a file: attachment.txt" if file else body.decode() or "triggered"
    return Message(found[1], title, text, priority, tags, file)
