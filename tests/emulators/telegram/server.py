"""The emulated Telegram as an HTTP server: the Bot API for the bot, `/people/…` for the test, faults on demand."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import BodyPartReader, hdrs, web

from tests.emulators.telegram.asked import Asked, Refusal
from tests.emulators.telegram.deeds import Deeds
from tests.emulators.telegram.mailbox import Mailbox
from tests.emulators.telegram.methods import TABLE, Methods
from tests.emulators.telegram.world import TOKEN, Quirks, World

BODY_BYTES = 60 * 2**20
PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class Telegram:
    """One emulated Telegram with one bot."""

    def __init__(self, quirks: Quirks, hosts: dict[str, str]) -> None:
        self.mailbox = Mailbox(quirks, hosts)
        self.methods = Methods(World(quirks), self.mailbox)
        self.deeds = Deeds(self.methods)
        self.log: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []

    def app(self) -> web.Application:
        """Return the server."""
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_route("*", "/bot{token}/{method}", self.call)
        app.router.add_get("/file/bot{token}/{path:.*}", self.download)
        app.router.add_post("/people/{deed}", self.deed)
        app.cleanup_ctx.append(self._pushing)
        return app

    async def _pushing(self, _app: web.Application) -> AsyncIterator[None]:
        task = asyncio.ensure_future(self.mailbox.push_for_ever())
        yield
        task.cancel()
        await asyncio.wait([task])

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of the bot."""
        name = request.match_info["method"].lower()
        if request.match_info["token"] != TOKEN:
            return _json(Refusal(401, "Unauthorized"))
        if name not in TABLE:
            return _json(Refusal(404, "Not Found"))
        asked = await _asked(request, name)
        fault = self._fault(asked.method)
        entry = {"method": asked.method, "given": dict(asked.given), "at": time.monotonic(), "ok": False}
        if fault["kind"] in ("before", "page", "drop", "busy", "refuse"):
            self.log.append({**entry, "fault": fault["kind"]})
            return await self._failing(request, fault)
        answer = await self._done(asked, entry)
        if fault["kind"] == "hang":
            await asyncio.sleep(fault["seconds"])
        return await self._failing(request, fault) if fault["kind"] in ("after", "cut", "garbled") else answer

    async def _done(self, asked: Asked, entry: dict[str, Any]) -> web.Response:
        if asked.method != "getUpdates":
            self.log.append(entry)
        _name, kinds, handler = TABLE[asked.method.lower()]
        try:
            result = await handler(self.methods, asked.checked(kinds))
        except Refusal as refusal:
            entry |= {"error": refusal.description}
            if asked.method == "getUpdates":
                self.log.append(entry)
            return _json(refusal)
        entry["ok"] = True
        return web.json_response({"ok": True, "result": result})

    def _fault(self, method: str) -> dict[str, Any]:
        for fault in self.faults:
            if fault["method"].lower() in (method.lower(), "*") and fault["times"] > 0:
                fault["times"] -= 1
                return fault
        return {"kind": ""}

    async def _failing(self, request: web.Request, fault: dict[str, Any]) -> web.StreamResponse:
        kind = fault["kind"]
        if kind in ("drop", "cut"):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if kind == "garbled":
            return web.Response(text="<!doctype html>", content_type="text/html")
        if kind == "page":
            return web.Response(status=502, text=PAGE, content_type="text/html")
        if kind == "busy":
            wait = int(fault["seconds"])
            return _json(Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait))
        if kind == "refuse":
            return _json(Refusal(400, f"Bad Request: {fault['says']}"))
        return _json(Refusal(502, "Bad Gateway"))

    async def download(self, request: web.Request) -> web.Response:
        """Hand out a file."""
        number = request.match_info["path"].split("/")[1]
        if request.match_info["token"] != TOKEN or number not in self.methods.world.files:
            return _json(Refusal(404, "Not Found"))
        return web.Response(body=self.methods.world.files[number][1], content_type="application/octet-stream")

    async def deed(self, request: web.Request) -> web.Response:
        """Do what a person or a test does."""
        name, given = request.match_info["deed"], await request.json()
        if name == "log":
            wanted = [entry for entry in self.log if given.get("method", entry["method"]) == entry["method"]]
            return web.json_response(wanted)
        if name == "fault":
            self.faults.append({"times": 1, "seconds": 1.0, **given})
            return web.json_response(None)
        return web.json_response(await getattr(self.deeds, name)(**given))


async def _asked(request: web.Request, name: str) -> Asked:
    proper = TABLE[name][0]
    given: dict[str, Any] = dict(request.query)
    files: dict[str, tuple[str, bytes]] = {}
    kind = request.content_type
    if request.method == hdrs.METH_POST and kind == "application/json":
        given |= await request.json() if request.can_read_body else {}
    elif kind == "multipart/form-data":
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            assert part.name
            if part.filename:
                files[part.name] = (part.filename, bytes(await part.read(decode=True)))
            else:
                given[part.name] = await part.text()
    elif kind == "application/x-www-form-urlencoded":
        given |= await request.post()
    return Asked(proper, given, files)


def _json(refusal: Refusal) -> web.Response:
    return web.Response(text=json.dumps(refusal.as_json()), status=refusal.code, content_type="application/json")
