"""Who is asking, and the page's way to show its key once: from then on a cookie says who it is."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from bots.web import bodies, doors, logins
from bots.web.doors import Visitor
from bots.web.logins import COOKIE
from bots.web.site import FRESH_ONLY, Site
from tasks.jobs import keys

MOST_BYTES = 4 * 1024
MOST_KEY_CHARS = 1_024
TAG = "who you are"


class Login(bodies.Posted):
    """What the page posts once."""

    key: str = Field(min_length=1, max_length=MOST_KEY_CHARS, repr=False)


def router(site: Site) -> APIRouter:
    """Return the routes by which a visitor says who they are."""
    del site  # it is the doors that know
    routes = APIRouter(prefix="/api", tags=[TAG])

    @routes.post("/login", openapi_extra=bodies.described(Login))
    async def login(request: Request) -> Response:
        """Show a key, and be known by a cookie that no script can read. The key is in no answer."""
        shown = (await bodies.read(request, Login, most_bytes=MOST_BYTES)).key.strip()
        known = doors.doors_of(request)
        asker = await known.holder(shown)
        session = await known.logins.open(keys.digest(shown))
        response = JSONResponse(told(asker), headers=FRESH_ONLY)
        logins.hand_out(response, session, request)
        return response

    @routes.post("/logout")
    async def logout(request: Request) -> Response:
        """Be known no more. Harmless for who is not logged in."""
        if session := request.cookies.get(COOKIE):
            await doors.doors_of(request).logins.close(session)
        response = JSONResponse({"name": ""}, headers=FRESH_ONLY)
        logins.take_back(response)
        return response

    @routes.get("/visitor")
    async def visitor(asker: Annotated[Visitor, Depends(doors.visitor)]) -> Response:
        """Return who is asking and what they may do; 401 where a key is needed and none was shown."""
        return JSONResponse(told(asker), headers=FRESH_ONLY)

    return routes


def told(asker: Visitor) -> dict[str, Any]:
    """Return a visitor as JSON says them. `local` ones need no key."""
    scopes = sorted(scope.value for scope in asker.scopes)
    return {"name": asker.name, "key": asker.key_id, "scopes": scopes, "local": not asker.key_id}
