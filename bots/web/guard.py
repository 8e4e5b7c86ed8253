"""What stands before the page: whose requests are heard, and the headers that every answer carries."""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Callable, Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bots import replies
from tasks.contracts.errors import BadInput
from tasks.jobs import keys

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- recognised here, never bound by default
READING = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_PAGES = frozenset({"same-origin", "none"})  # what a browser says of a request that no other site caused
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Refuses requests that another site had a hand in, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, bind: str, names: Callable[[], Collection[str]] = tuple) -> None:
        """Guard a server that listens on `bind` and is reached under `names` besides."""
        self._app, self._bind, self._names = app, bind, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refused = refusal(scope["method"], Headers(scope=scope), self._bind, self._names())
        if refused is None:
            return await self._app(scope, receive, send_guarded)
        body = json.dumps(replies.error(refused)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send_guarded({"type": "http.response.start", "status": 403, "headers": headers})
        return await send_guarded({"type": "http.response.body", "body": body})


def refusal(method: str, headers: Mapping[str, str], bind: str, names: Collection[str] = ()) -> BadInput | None:
    """Return why a request is not heard, or None.

    A name that somebody else's DNS points here could make a foreign page one of ours, so the Host must be known. Who
    shows a key of ours is no page that was led here: no browser sends one by itself.
    """
    host = headers.get("host", "")
    if not (is_ours(host_name(host), bind, names) or shows_key(headers)):
        return BadInput(
            f"this page is not served under the name {host!r}",
            next_step="open it under localhost, or under what `bind` or `names` in [web] say",
        )
    origin = headers.get("origin")
    foreign = origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower())
    site = headers.get("sec-fetch-site")
    if foreign or (method not in READING and site is not None and site not in OWN_PAGES):
        return BadInput(f"a page of {origin or 'another site'} may not talk to the flock", next_step="use the own page")
    return None


def shows_key(headers: Mapping[str, str]) -> bool:
    """Return whether a request says that it has a key of ours; whether that opens anything is looked at later."""
    kind, _, shown = headers.get("authorization", "").partition(" ")
    return kind.lower() == "bearer" and shown.strip().startswith(keys.PREFIX)


def is_ours(name: str, bind: str, names: Collection[str] = ()) -> bool:
    """Return whether requests for `name` are meant for a server that listens on `bind` and has these `names`."""
    if name in LOOPBACK_NAMES or name == bind.lower() or name in {each.lower() for each in names}:
        return True
    return bind in EVERY_ADDRESS and (is_address(name) or name in own_names())


def is_loopback(bind: str) -> bool:
    """Return whether only this machine reaches a server that listens on `bind`.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    return bind in LOOPBACK_NAMES or (is_address(bind) and ipaddress.ip_address(bind).is_loopback)


def is_address(name: str) -> bool:
    """Return whether `name` is an IP address, which no DNS can point elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def own_names() -> frozenset[str]:
    """Return what other machines call this one."""
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0], f"{name.partition('.')[0]}.local"})


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port.

    >>> host_name("[::1]:8080"), host_name("LocalHost:80")
    ('::1', 'localhost')
    """
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
