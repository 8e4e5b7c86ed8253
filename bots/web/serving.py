"""The web bot as a process: its port, its door to the ledger, its candidate sweeper."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket

import uvicorn

from bots.web.app import create_app
from tasks.contracts import roles
from tasks.contracts.errors import ConfigurationError, PortTaken
from tasks.contracts.fleetwatch import FleetWatch
from tasks.contracts.settings import Settings
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.store import AsyncStore, Store
from tasks.jobs.sweeper import Sweeper
from tasks.jobs.values import Ways

BACKLOG = 256  # connections that may wait to be accepted
GRACE_S = 5  # for answers in progress, once the server is told to end
logger = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Serve the page until SIGINT or SIGTERM.

    Raises:
        PortTaken: somebody else listens on the port.
        ConfigurationError: the address to bind to is not one of this machine.
    """
    web = settings.fleet.web
    with listen(web.bind, web.port) as listener, contextlib.suppress(KeyboardInterrupt):
        sweeper = Sweeper(Store.open(settings.redis_url, settings.namespace))
        sweeper.start()
        try:
            asyncio.run(_serve(settings, listener))
        finally:
            sweeper.stop()
            sweeper.store.close()


async def _serve(settings: Settings, listener: socket.socket) -> None:
    store = AsyncStore.open(settings.redis_url, settings.namespace)
    gateway = AsyncGateway(store, Ways.of(settings.fleet.jobs, archive=settings.fleet.transcript.enabled))
    watch = FleetWatch(settings, os.environ, roles.BOT)
    app = create_app(
        gateway,
        lambda: watch.current().fleet,
        bind=settings.fleet.web.bind,
        closing=lambda: server.should_exit,
        settings=watch.current,
    )
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_S
    )
    server = uvicorn.Server(config)
    logger.info("web page is up", extra={"bind": settings.fleet.web.bind, "port": settings.fleet.web.port})
    try:
        await server.serve(sockets=[listener])
    finally:
        await store.close()


def listen(bind: str, port: int) -> socket.socket:
    """Return a socket that listens, taken before anything else is started. Raises as `serve` does."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        return socket.create_server((bind, port), family=family, backlog=BACKLOG)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"the web page cannot listen on {bind}:{port}: another process does",
                next_step="end that process, or set another `port` in [web] of rookery.toml",
            ) from exc
        raise ConfigurationError(
            f"the web page cannot listen on {bind}:{port}: {exc.strerror or exc}",
            next_step="set `bind` in [web] of rookery.toml to an address of this machine, or leave it out",
        ) from exc
