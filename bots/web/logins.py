"""Logins of the page: a random session in a cookie that no script can read, and behind it the digest of a key."""

from __future__ import annotations

import secrets

from starlette.requests import HTTPConnection
from starlette.responses import Response

from tasks.jobs import keys, pockets
from tasks.jobs.store import AsyncStore

COOKIE = "rookery_session"
SESSION_BYTES = 32
LIFE_S = 30 * 86_400  # then whoever uses the page shows the key again


class Logins:
    """Who is logged in; it is kept in the ledger, so that a restart logs nobody out."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    async def open(self, digest: str) -> str:
        """Log in the holder of the key with this digest, and return the session."""
        session = secrets.token_urlsafe(SESSION_BYTES)
        await self._store.run(pockets.put(_pocket(session), digest, LIFE_S))
        return session

    async def digest_of(self, session: str) -> str:
        """Return the digest of the key that a session was opened with; empty: there is no such session any more."""
        return await self._store.run(pockets.get(_pocket(session)))

    async def close(self, session: str) -> None:
        """Log out. Idempotent."""
        await self._store.run(pockets.drop(_pocket(session)))


def hand_out(response: Response, session: str, request: HTTPConnection) -> None:
    """Have the browser keep a session, and show it to nobody but this server."""
    response.set_cookie(
        COOKIE,
        session,
        max_age=LIFE_S,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def take_back(response: Response) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def _pocket(session: str) -> str:
    """Return where a session is kept: who reads the ledger learns none."""
    return f"login:{keys.digest(session)}"
