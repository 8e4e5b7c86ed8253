"""An emulated Discord: gateway and REST on one port, strict about what the real one is strict about.

In a test: `with Emulator() as discord`. As a process: `python -m tests.emulators.discord.server PORT [FILE]`.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.emulators.discord import interactions, messages, people, webhooks
from tests.emulators.discord.gateway import Gateway, flags
from tests.emulators.discord.people import GATEWAY, People
from tests.emulators.discord.quirks import Fault, Quirks
from tests.emulators.discord.wire import QUIRKS, WORLD, Refusal, answer, form, limited
from tests.emulators.discord.world import Doc, World

API = "/api/v10"
HOST = "127.0.0.1"
PATIENCE_S = 20.0
OPEN = ("/interactions/", "/webhooks/")  # where a token in the path is the key
routes = web.RouteTableDef()


@routes.get("/users/@me")
async def me(request: web.Request) -> web.Response:
    return answer(request, request.app[WORLD].me | {"verified": True, "mfa_enabled": False})


@routes.get("/oauth2/applications/@me")
async def application(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    owner = {"id": "1", "username": "owner", "discriminator": "0", "avatar": None, "global_name": None}
    about: Doc = {"id": world.me["id"], "name": "rookery", "description": "", "icon": None, "bot_public": True}
    about |= {"bot_require_code_grant": False, "owner": owner, "verify_key": "", "flags": flags(request.app[QUIRKS])}
    return answer(request, about)


@routes.get("/gateway/bot")
async def gateway_bot(request: web.Request) -> web.Response:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    url = request.app[GATEWAY].address
    return answer(request, {"url": url, "shards": 1, "session_start_limit": limit})


@routes.put("/applications/{application}/commands")
async def commands(request: web.Request) -> web.Response:
    """Replace the slash commands by those that are sent."""
    world, said = request.app[WORLD], await form(request)
    for key in list(world.pages["command"]):
        world.drop("command", key)
    made = [{"id": world.snowflake(), "application_id": world.me["id"], "version": "1", **dict(one)} for one in said]
    for command in made:
        world.put("command", command["id"], command)
    return answer(request, made)


@routes.get("/guilds/{guild}/members/{user}")
async def member(request: web.Request) -> web.Response:
    world, user = request.app[WORLD], request.match_info["user"]
    guild = world.pages["guild"].get(request.match_info["guild"], {"members": {}})
    if user not in guild["members"]:
        raise Refusal(404, 10007, "Unknown Member")
    return answer(request, world.member(guild["id"], user) | {"user": world.pages["user"][user]})


@web.middleware
async def edge(request: web.Request, handler: web.Handler) -> web.StreamResponse:
    """Check who asks, let go wrong what is to go wrong, and turn refusals into answers."""
    path = request.path.removeprefix(API)
    if not request.path.startswith(API):
        return await handler(request)
    quirks = request.app[QUIRKS]
    if quirks.latency_s:
        await asyncio.sleep(quirks.latency_s)
    if request.headers.get("Authorization") != f"Bot {quirks.token}" and not path.startswith(OPEN):
        return answer(request, {"message": "401: Unauthorized", "code": 0}, 401)
    fault = quirks.strikes(request.method, path)
    if fault is not None and not fault.after:
        return failed(request, fault)
    try:
        done = await handler(request)
    except Refusal as refusal:
        done = answer(request, refusal.body, refusal.status)
    except web.HTTPNotFound:
        done = answer(request, {"message": "404: Not Found", "code": 0}, 404)
    return failed(request, fault) if fault is not None else done


def failed(request: web.Request, fault: Fault) -> web.Response:
    """Return what a fault shows of itself."""
    request.app[WORLD].log("fault", content=request.path, status=fault.status, after=fault.after, channel="")
    if fault.drop:
        assert request.transport is not None
        request.transport.close()
    if fault.status == 429:
        return limited(request, fault.retry_after, via=fault.via)
    if fault.status >= 500:
        return web.Response(status=fault.status, text="<html>Bad Gateway</html>", content_type="text/html")
    response: web.Response = answer(request, {"message": "refused", "code": fault.code}, fault.status)
    return response


def create_app(world: World, quirks: Quirks) -> web.Application:
    """Return the application: REST below `/api/v10`, the side door below `/people`, the gateway at `/`."""
    app = web.Application(middlewares=[edge], client_max_size=64 * 1024 * 1024)
    app[WORLD], app[QUIRKS] = world, quirks
    app[GATEWAY] = gateway = Gateway(world, quirks)
    for table in (routes, messages.routes, interactions.routes, webhooks.routes):
        for route in table:
            assert isinstance(route, web.RouteDef)
            app.router.add_route(route.method, API + route.path, route.handler)
    app.add_routes(people.routes)
    app.router.add_get("/", gateway.connected)
    app.cleanup_ctx.append(_pumping)
    return app


async def _pumping(app: web.Application):  # type: ignore[no-untyped-def]
    task = asyncio.create_task(app[GATEWAY].pump())
    yield
    task.cancel()


async def serve(port: int, file: str = ":memory:", ready: threading.Event | None = None) -> web.AppRunner:
    """Listen on a port of this machine, 0 for any, and return what to clean up."""
    app = create_app(World(file), Quirks())
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    app[GATEWAY].address = f"ws://{HOST}:{runner.addresses[0][1]}"
    return runner


class Emulator:
    """The emulator on a thread of this process, while its context is open."""

    def __init__(self, file: str = ":memory:", port: int = 0) -> None:
        self.file, self.port = file, port
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="discord")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(PATIENCE_S), "the emulated Discord did not start"
        self.people = People(f"http://{HOST}:{self.port}")
        state = self.people.state()
        self.bot, self.general, self.guild, self.roles = (state[k] for k in ("bot", "general", "guild", "roles"))
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.people.close()
        self._loop.call_soon_threadsafe(self._ended.set_result, None)
        self._thread.join(PATIENCE_S)

    @property
    def api(self) -> str:
        """The base of its REST API."""
        return f"http://{HOST}:{self.port}{API}"

    @property
    def gateway(self) -> str:
        """The address of its websocket."""
        return f"ws://{HOST}:{self.port}"

    @property
    def token(self) -> str:
        """What its bot shows to be let in."""
        return Quirks.token

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._ended = self._loop.create_future()
        runner = await serve(self.port, self.file)
        self.port = runner.addresses[0][1]
        self._started.set()
        await self._ended
        await runner.cleanup()


async def main(port: int, file: str) -> None:
    """Run as a process of its own until it is ended."""
    await serve(port, file)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ":memory:"))
