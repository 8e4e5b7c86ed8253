"""The web bot as a process: its port, its door to the ledger, its candidate sweeper."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket

import uvicorn

from bots import ports
from bots.web import connections
from bots.web.app import create_app
from bots.web.guard import is_loopback
from tasks.contracts import roles
from tasks.contracts.errors import ConfigurationError, RetryableError
from tasks.contracts.fleetwatch import FleetWatch
from tasks.contracts.settings import Settings
from tasks.jobs import keys
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.store import AsyncStore, Store
from tasks.jobs.sweeper import Sweeper
from tasks.jobs.values import Ways

BACKLOG = 1_024  # connections that may wait to be accepted
SHORTEST_KEY = 32  # characters of WEB_KEY
SOCKETS = 48  # to Redis, besides those on which somebody listens: more would only wait there
GRACE_S = 5  # for answers in progress, once the server is told to end
logger = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Serve the page until SIGINT or SIGTERM.

    Raises:
        PortTaken: somebody else listens on the port.
        ConfigurationError: the address to bind to is not one of this machine, or others reach it and there is no key.
    """
    web = settings.fleet.web
    store = Store.open(settings.redis_url, settings.namespace)
    refuse_open_door(settings, store)
    with listen(web.bind, web.port) as listener, contextlib.suppress(KeyboardInterrupt):
        sweeper = Sweeper(store)
        sweeper.start()
        try:
            asyncio.run(_serve(settings, listener))
        finally:
            sweeper.stop()
            sweeper.store.close()


async def _serve(settings: Settings, listener: socket.socket) -> None:
    store = AsyncStore.open(settings.redis_url, settings.namespace, sockets=SOCKETS)
    gateway = AsyncGateway(store, Ways.of(settings.fleet.jobs, archive=settings.fleet.transcript.enabled))
    watch = FleetWatch(settings, os.environ, roles.BOT)
    app = create_app(
        gateway,
        lambda: watch.current().fleet,
        bind=settings.fleet.web.bind,
        closing=lambda: server.should_exit,
        settings=watch.current,
    )
    most = connections.most_connections(settings.fleet.web.max_streams, connections.more_files())
    config = uvicorn.Config(
        app,
        http=connections.protocol(most),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = uvicorn.Server(config)
    logger.info("web page is up", extra={"bind": settings.fleet.web.bind, "port": settings.fleet.web.port})
    try:
        await server.serve(sockets=[listener])
    finally:
        await store.close()


def refuse_open_door(settings: Settings, store: Store) -> None:
    """Return when nobody comes in who should not: only this machine reaches the page, or there is a key to it.

    Raises:
        ConfigurationError: the page would be shut to everybody, or its own key is one that can be guessed.
    """
    bind, own = settings.fleet.web.bind, settings.web_key
    if own and len(own) < SHORTEST_KEY:
        raise ConfigurationError(
            f"WEB_KEY has {len(own)} characters, the least is {SHORTEST_KEY}",
            next_step="make one that nobody guesses: `python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`",
        )
    if own or is_loopback(bind):
        return
    try:
        known = store.run(keys.every()).valid
    except RetryableError as exc:  # each request looks for itself
        logger.warning("whether there is a key cannot be told yet", extra={"bind": bind, "error": exc.message})
        return
    if not known:
        raise ConfigurationError(
            f"[web] bind = {bind!r} lets other machines in, and there is no key",
            next_step="name it by WEB_KEY_FILE, or leave `bind` out and make one: `rookery key new NAME --scope admin`",
        )


def listen(bind: str, port: int) -> socket.socket:
    """Return a socket that listens, taken before anything else is started. Raises as `serve` does."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        return socket.create_server((bind, port), family=family, backlog=BACKLOG)
    except OSError as exc:
        raise ports.refusal("the web page", bind, port, exc, "web") from exc
