"""`GET /api/about`: which version this is, and where else one can look."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bots.web.doors import Scope, needs
from bots.web.guard import EVERY_ADDRESS, LOOPBACK_NAMES, host_name
from bots.web.site import FRESH_ONLY, Site
from tasks.contracts.sections import Flower

DISTRIBUTION = "rookery"


def router(site: Site) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/api")

    @routes.get("/about", dependencies=[needs(Scope.READ)])
    async def about(request: Request) -> Response:
        """Return the version, and the address of Flower as whoever asks reaches it; null where they cannot."""
        told = {
            "version": installed_version(),
            "flower": flower_url(site.fleet().flower, request.headers.get("host", "")),
        }
        return JSONResponse(told, headers=FRESH_ONLY)

    return routes


def flower_url(flower: Flower, host: str) -> str | None:
    """Return where who came to us under the name `host` finds Flower, or None.

    >>> flower_url(Flower(), "localhost:8080"), flower_url(Flower(), "nest.lan:8080")
    ('http://localhost:5555/', None)
    """
    name = host_name(host)
    if not flower.enabled or not name:
        return None
    if flower.bind in EVERY_ADDRESS or (flower.bind in LOOPBACK_NAMES and name in LOOPBACK_NAMES):
        return _url(name, flower.port)
    return None if flower.bind in LOOPBACK_NAMES else _url(flower.bind, flower.port)


def installed_version() -> str:
    """Return the version of what is installed; empty where it runs from a folder."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return ""


def _url(name: str, port: int) -> str:
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"
