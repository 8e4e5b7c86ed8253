"""Is called by Telegram: a small server behind a reverse proxy. It says yes only once an update is taken in."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

from aiohttp import web

from bots import ports
from bots.telegram.polling import Take
from bots.telegram.reading import chat_of
from tasks.contracts.errors import RetryableError

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (its name)
BODY_BYTES = 2**20
AGAIN_S = 2
GRACE_S = 5.0  # for calls in progress, once the server is told to end
logger = logging.getLogger(__name__)


def secret_of(token: str, chosen: str) -> str:
    """Return what Telegram is to say with each call: what the operator chose, else something that only we can know."""
    return chosen or hashlib.sha256(f"rookery webhook\x1f{token}".encode()).hexdigest()


class Webhook:
    """Takes calls. The path means nothing: the secret says who calls."""

    def __init__(self, secret: str, take: Take) -> None:
        self._secret, self._take = secret.encode(), take
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def listening(self, bind: str, port: int) -> AsyncIterator[int]:
        """Be there while the block runs; yields the port.

        Raises:
            PortTaken: somebody else listens on the port.
            ConfigurationError: the address is not one of this machine.
        """
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_post("/{path:.*}", self.called)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_S)
        await runner.setup()
        try:
            await _start(web.TCPSite(runner, bind, port), bind, port)
            yield int(runner.addresses[0][1])
        finally:
            await runner.cleanup()

    async def called(self, request: web.Request) -> web.Response:
        """Answer one call."""
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            logger.warning("webhook called without its secret", extra={"by": request.remote or ""})
            return web.Response(status=401)
        try:
            update = await request.json()
        except ValueError:
            return web.Response(status=400)
        if not isinstance(update, dict):
            return web.Response(status=400)
        lane = self._lanes.setdefault(chat_of(update), asyncio.Lock())  # Telegram calls several times at once
        async with lane:
            try:
                await self._take(update)
            except RetryableError as exc:
                logger.warning("an update could not be taken in", extra={"error": str(exc)})
                return web.Response(status=503, headers={"Retry-After": str(AGAIN_S)})
        return web.Response()


async def _start(site: web.TCPSite, bind: str, port: int) -> None:
    try:
        await site.start()
    except OSError as exc:
        raise ports.refusal("the Telegram bot", bind, port, exc, "telegram", "webhook_") from exc
