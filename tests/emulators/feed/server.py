"""An emulator of a key-value server of comments, as the feeds that the bot was first written for have it.

One path takes GET and POST. `GET ?limit&offset` answers `{comments, total, hasMore}`: the newest page, its oldest
first. `GET ?after&limit` answers a bare list of what is newer, the newest first, without the oldest beyond the limit.
`POST` makes a comment of JSON with a text: blanks are squeezed, text and name cut, and an id of the poster's is kept.
It knows idempotency keys unless it is told not to: without them it keeps whatever it is sent twice.
What goes wrong is told it beforehand. It is an emulator: nothing of it is ever part of the product.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

PATH = "/api/comments"
MOST = 1_000
LIMIT = 50
TEXT_CHARS, NAME_CHARS = 1_000, 12
LOST = "lost"  # a post is taken, and the connection ends without an answer
MUTE = "mute"  # neither taken nor answered, until the server ends
TAKEN_500 = "taken, then 500"
NO_JSON, NOT_A_LIST, ERROR_IN_200 = "no json", "not a list", "error in 200"
START_MS = 1_700_000_000_000


class FeedServer:
    """The server, with what tests tell it and look at. Its clock moves a millisecond with each comment, or as told."""

    def __init__(self, *, knows_keys: bool = True, keeps_ids: bool = True, keeps_types: bool = True) -> None:
        self.knows_keys, self.keeps_ids, self.keeps_types = knows_keys, keeps_ids, keeps_types
        self.comments: list[dict[str, Any]] = []
        self.faults: deque[str | int] = deque()
        """What goes wrong with the next calls: a status, or one of the words above."""
        self.post_faults: deque[str | int] = deque()
        """The same for posts alone."""
        self.retry_after = "1"
        self.calls: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.queries: list[dict[str, str]] = []
        self.keys: dict[str, dict[str, Any]] = {}
        self.now_ms = START_MS
        self.url = ""
        self._ended = asyncio.Event()

    # What people do.

    def say(self, text: str, username: str = "mia", *, at_ms: int | None = None, **more: Any) -> str:
        """Somebody posts a comment; returns its id."""
        return str(self._put({"text": text, "username": username, "timestamp": at_ms, **more})["id"])

    def texts(self, username: str = "") -> list[str]:
        """Return the words that stand there, in order."""
        return [each["text"] for each in list(self.comments) if username in ("", each["username"])]

    # How it works.

    def app(self) -> web.Application:
        """Return the server."""
        app = web.Application()
        app.router.add_route("*", PATH, self._serve)
        app.on_shutdown.append(self._end)
        return app

    async def _end(self, _app: web.Application) -> None:
        self._ended.set()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.calls[request.method] += 1
        if request.method == "GET":
            self.queries.append(dict(request.query))
        self.headers.append(dict(request.headers))
        faults = self.post_faults if request.method == "POST" and self.post_faults else self.faults
        fault = faults.popleft() if faults else None
        if isinstance(fault, int):
            headers = {"Retry-After": self.retry_after} if fault == 429 else {}
            return web.json_response({"error": "on purpose"}, status=fault, headers=headers)
        if fault == MUTE:
            await self._ended.wait()
        if request.method == "GET":
            return self._get(request, str(fault or ""))
        if request.method == "POST":
            return await self._post(request, str(fault or ""))
        return web.Response(status=405)

    def _get(self, request: web.Request, fault: str) -> web.Response:
        if fault == NO_JSON:
            return web.Response(text="<html>")
        if fault == NOT_A_LIST:
            return web.json_response({"comments": "none"})
        if fault == ERROR_IN_200:
            return web.json_response({"error": "Failed to retrieve comments", "comments": [], "hasMore": False})
        query = request.query
        unknown = set(query) - {"limit", "offset", "after", "domain"}
        if unknown or not all(query[name].isdigit() for name in {"limit", "offset", "after"} & set(query)):
            return web.json_response({"error": f"what is {dict(query)}?"}, status=400)
        limit = min(int(query.get("limit", LIMIT)), MOST)
        if "after" in query:
            newer = [each for each in self.comments if each["timestamp"] > int(query["after"])]
            return web.json_response(sorted(newer, key=lambda each: -each["timestamp"])[:limit])
        end = len(self.comments) - int(query.get("offset", 0))
        page = self.comments[max(0, end - limit) : max(0, end)]
        return web.json_response({"comments": page, "total": len(self.comments), "hasMore": end - limit > 0})

    async def _post(self, request: web.Request, fault: str) -> web.Response:
        if request.content_type != "application/json":
            return web.json_response({"error": "JSON is wanted"}, status=415)
        body = await request.json()
        self.bodies.append(body)
        if not isinstance(body.get("text"), str) or not body["text"].strip():
            return web.json_response({"error": "Comment text is required"}, status=400)
        key = request.headers.get("Idempotency-Key", "")
        if self.knows_keys and key in self.keys:
            made = self.keys[key]
        else:
            made = self.keys[key] = self._put(body)
        if fault == LOST and request.transport is not None:
            request.transport.close()
        return web.json_response(made, status=500 if fault == TAKEN_500 else 200)

    def _put(self, body: dict[str, Any]) -> dict[str, Any]:
        self.now_ms += 1
        time_ms = body.get("timestamp") or self.now_ms
        number = f"{time_ms}-{len(self.comments)}"
        comment = {
            "id": body.get("id", number) if self.keeps_ids else number,
            "text": " ".join(str(body["text"]).split())[:TEXT_CHARS],
            "timestamp": time_ms,
            "username": str(body.get("username", ""))[:NAME_CHARS],
            "color": body.get("color", ""),
            "domain": body.get("domain", "example.test"),
        }
        if self.keeps_types:
            comment["message-type"] = body.get("message-type", "human")
        self.comments.append(comment)
        return comment


@contextmanager
def serving(server: FeedServer) -> Iterator[FeedServer]:
    """Have the server run in a thread of its own until the block ends."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=0.1)

    async def start() -> str:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}{PATH}"

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        server.url = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
