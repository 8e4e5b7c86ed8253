"""Who is let in: by a key in the request, by the cookie of a page that was logged in, or by being at this machine.

A route says what it is for, and may have who asks:

    @routes.get("/things", dependencies=[needs(Scope.READ)])
    async def things() -> Response: ...

    @routes.post("/generate")
    async def generate(request: Request, asker: Annotated[Visitor, needs(Scope.CHAT)]) -> Response: ...

Whoever submits a job for `asker` does so in a block of `charged`; the job's `user` is `asker.user`, and its session
begins with one of `PLATFORMS`.
"""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from bots.web.guard import is_loopback
from bots.web.logins import COOKIE, Logins
from bots.web.streams import Streams
from bots.web.visitors import API, HERE, OWNER, PLATFORMS, Visitor, visitor_of
from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import KeyNeeded, NotAllowed, Refused, RookeryError
from tasks.contracts.sections import MOST_STREAMS
from tasks.jobs import keys, quotas, refusals
from tasks.jobs.keys import Limits, Scope
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import MS

__all__ = [
    "API",
    "PLATFORMS",
    "Doors",
    "Limits",
    "Scope",
    "Visitor",
    "charge",
    "doors_of",
    "needs",
    "refund",
    "visitor",
]

FRESH_S = 2.0  # how long a key that was revoked may go on opening
MOST_KNOWN = 1_024  # digests that are remembered for so long, those that open nothing included
BEARER = "bearer"
RELAYED = ("forwarded", "x-forwarded-for", "x-real-ip")  # what proxies add: who asks may be anywhere


class Doors:
    """Knows whom to let in, and how many streams there may be. Kept in the state of the app."""

    def __init__(
        self,
        store: AsyncStore,
        *,
        bind: str = "127.0.0.1",
        own_key: Callable[[], str] = lambda: "",
        most_streams: int = MOST_STREAMS,
        clock: Clock | None = None,
    ) -> None:
        """Let in by the keys of the ledger, and by `own_key`, which opens everything; empty: there is none."""
        self.store, self.logins, self.streams = store, Logins(store), Streams(most_streams)
        self._open_here, self._own_key, self.clock = is_loopback(bind), own_key, clock or SystemClock()
        self._known: dict[str, tuple[Visitor | None, float]] = {}

    async def visitor(self, request: HTTPConnection) -> Visitor:
        """Return who asks.

        Raises:
            KeyNeeded: nobody who is known here.
            StoreUnavailable: who it is cannot be told.
        """
        shown = bearer(request)
        if shown.startswith(keys.PREFIX):
            return await self.holder(shown)
        if self._open_here and not any(name in request.headers for name in RELAYED):
            return HERE  # whatever word is shown: many programs send one, since they insist on a key
        if shown:
            return await self.holder(shown)
        if session := request.cookies.get(COOKIE):
            return await self._holder_of(await self.logins.digest_of(session))
        raise key_needed()

    async def holder(self, key: str) -> Visitor:
        """Return whom a key lets in. Raises as `visitor` does."""
        return await self._holder_of(keys.digest(key))

    async def _holder_of(self, digest: str) -> Visitor:
        own = self._own_key()
        if own and hmac.compare_digest(digest, keys.digest(own)):
            return OWNER
        found, until_s = self._known.get(digest, (None, 0.0))
        now_s = self.clock.monotonic_s()
        if until_s <= now_s:
            key = await self.store.run(keys.find(digest))
            found = visitor_of(key) if key else None
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[digest] = found, now_s + FRESH_S
        if found is None:
            raise key_needed()
        return found


def doors_of(request: HTTPConnection) -> Doors:
    """Return the doors of the app that serves a request."""
    doors = request.app.state.doors
    assert isinstance(doors, Doors)
    return doors


async def visitor(request: Request) -> Visitor:
    """Return who asks. Raises as `Doors.visitor` does."""
    return await doors_of(request).visitor(request)


def needs(scope: Scope) -> Any:
    """Return the dependency of a route that is for visitors with this scope; it gives the `Visitor`.

    The route then answers 401 to those who are not known, and 403 to those who may not.
    """

    async def let_in(request: Request) -> Visitor:
        asker = await visitor(request)
        if not asker.may(scope):
            raise NotAllowed(
                f"this key has no scope {scope.value!r}",
                next_step=f"`rookery key new NAME --scope {scope.value}` makes one that has",
            )
        return asker

    return Depends(let_in)


async def charge(request: HTTPConnection, asker: Visitor, job: str) -> None:
    """Count a job against the limits of whoever asks for it; the same job counts once. Raises Refused."""
    if not (charges := list(asker.charges())):
        return
    admission = await doors_of(request).store.run(quotas.take(charges, job))
    if not admission.ok:
        again_s = admission.next_ms / MS
        raise Refused(
            f"key {asker.name!r} has asked for as much as it may in a {admission.period}",
            next_step=f"try again {refusals.in_about(again_s)}",
            scope="key",
            retry_after_s=again_s,
        )


async def refund(request: HTTPConnection, asker: Visitor, job: str) -> None:
    """Give back what `charge` counted, where the job was not accepted after all."""
    if charges := list(asker.charges()):
        await doors_of(request).store.run(quotas.refund(job, charges))


@contextlib.asynccontextmanager
async def charged(request: HTTPConnection, asker: Visitor, job: str) -> AsyncIterator[None]:
    """Charge a job that is submitted in the block; one that is not accepted there costs nothing. Raises Refused."""
    await charge(request, asker, job)
    try:
        yield
    except RookeryError:
        await refund(request, asker, job)
        raise


def bearer(request: HTTPConnection) -> str:
    """Return the key in a request's Authorization header; empty: there is none."""
    kind, _, shown = request.headers.get("authorization", "").partition(" ")
    return shown.strip() if kind.lower() == BEARER else ""


def key_needed() -> KeyNeeded:
    """Return what is told to whoever is not known, which does not say why they are not."""
    return KeyNeeded(
        "a key is needed, and none was shown that opens anything here",
        next_step="send `Authorization: Bearer KEY`, or log in on the page; `rookery key new` makes a key",
    )
