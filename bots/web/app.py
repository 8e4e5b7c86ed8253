"""The web bot, put together: its routes, its page, and what stands before them. It decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bots.lookout import Lookout
from bots.web import chat, failures, learning, memories, opinions, people
from bots.web.doors import Doors
from bots.web.guard import Guard
from bots.web.house import routes as house
from bots.web.metrics import about, health, scraping, statistics
from bots.web.native import generate, ingest, jobs, login
from bots.web.openai import routes as openai
from bots.web.site import Site
from bots.web.stream import Streaming
from tasks.contracts.fleet import Fleet
from tasks.contracts.settings import Settings
from tasks.jobs.gateway import AsyncGateway

KIB = 1024
ALWAYS_ASK = {"Cache-Control": "no-cache"}  # the page of a newer version must not talk to an older script


def create_app(
    gateway: AsyncGateway,
    fleet: Callable[[], Fleet],
    *,
    bind: str = "127.0.0.1",
    closing: Callable[[], bool] = lambda: False,
    settings: Callable[[], Settings | None] = lambda: None,
) -> ASGIApp:
    """Return the web bot for people who reach it at `bind`; `fleet` is asked anew each time, so it may change.

    Streams end once `closing` says so.
    """
    lookout = Lookout(gateway.store)
    site = Site(gateway, fleet, lookout, Streaming(gateway, lookout, fleet, closing), closing, settings)
    app = FastAPI(title="Rookery", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.state.doors = Doors(
        gateway.store,
        bind=bind,
        own_key=lambda: now.web_key if (now := settings()) else "",
        most_streams=fleet().web.max_streams,
    )
    app.state.most_body_bytes = fleet().web.max_body_kib * KIB
    failures.add(app)
    app.include_router(openai.router(site))  # routes are tried in this order, and programs ask most
    for spoken in (chat, people, opinions, memories, learning):
        app.include_router(spoken.router(site))
    for part in (generate, jobs, ingest, login):
        app.include_router(part.router(site))
    app.include_router(house.router(site))
    for told in (health, scraping, statistics, about):
        app.include_router(told.router(site))
    app.add_route("/docs", lambda _request: RedirectResponse("docs/"), include_in_schema=False)
    app.mount("/docs", Page(packages=[("bots.web.native", "docs")], html=True))
    app.mount("/", Page(packages=[("bots.web", "page")], html=True))
    return Guard(app, bind, lambda: fleet().web.names)  # around all of it: a 500 carries the headers too


class Page(StaticFiles):
    """The files of the page, from the package."""

    async def get_response(self, path: str, scope: Any) -> Response:
        """Return a file, and have browsers ask whether it is still the same."""
        response = await super().get_response(path, scope)
        response.headers.update(ALWAYS_ASK)
        return response
