"""The requests to Discord's API, of two kinds: signed with the bot's token, or with a token in their path.

Signed ones go through discord.py, which waits for rate limits and repeats what failed: each is safe to repeat, by its
nonce or by what it does. The others are sent once, since a webhook that is called twice posts twice.
"""

from __future__ import annotations

import io
import json
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import discord
from discord.http import Route

from bots.discord.failures import ANSWER_WITHIN_S, of_answer, translated
from bots.discord.payload import Body
from tasks.contracts.errors import PlatformUnavailable

File = tuple[str, bytes] | None
BAD_REQUEST = 400
SOCKETS = 32  # of each kind, however many answers are on their way: left to itself there is one for each call


class Line:
    """What is needed to talk to the API; closed until the client has logged in."""

    def __init__(self) -> None:
        self._client: discord.Client | None = None
        self._session: aiohttp.ClientSession | None = None

    def over(self, client: discord.Client) -> Self:
        """Use a client that has logged in."""
        self._client = client
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=SOCKETS),
            timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S),
            headers={"User-Agent": client.http.user_agent},
        )
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        self._client = None
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def me(self) -> str:
        """The number of the bot's user and of its application. Raises PlatformUnavailable before it has logged in."""
        client = self._open()
        return str(client.application_id or (client.user and client.user.id))

    @property
    def user(self) -> str:
        """The number of the bot's user."""
        client = self._open()
        return str(client.user.id if client.user else client.application_id)

    async def signed(self, method: str, path: str, said: Any = None, *, file: File = None, **query: str) -> Any:
        """Send a request that is safe to repeat. Raises `Platform…` errors."""
        client = self._open()
        route = Route(method, path)
        more: dict[str, Any] = {"params": query} if query else {}
        async with translated():
            if file is not None:
                held = discord.File(io.BytesIO(file[1]), file[0])
                return await client.http.request(route, files=[held], form=_parts(said, held), **more)
            if said is not None:
                more["json"] = said
            return await client.http.request(route, **more)

    async def once(self, method: str, path: str, said: Body | None = None, *, file: File = None, **query: str) -> Any:
        """Send a request whose path holds its token, once. Raises `Platform…` errors, which never hold that path."""
        self._open()
        assert self._session is not None
        body: Any = json.dumps(said).encode() if said is not None else None
        headers = {"Content-Type": "application/json"} if said is not None else {}
        if file is not None:
            body, headers = aiohttp.FormData(quote_fields=False), {}
            body.add_field("payload_json", json.dumps(said or {}))
            body.add_field("files[0]", file[1], filename=file[0])
        async with (
            translated(),
            self._session.request(method, Route.BASE + path, data=body, headers=headers, params=query) as answer,
        ):
            text = await answer.text()
            if answer.status < BAD_REQUEST:
                return json.loads(text) if text else None
            raise of_answer(answer.status, _code(text), _reason(text), answer.headers)

    def _open(self) -> discord.Client:
        if self._client is None:
            raise PlatformUnavailable("Discord is not connected yet")
        return self._client


def path(*parts: str) -> str:
    """Return a path of these parts, each made harmless.

    >>> path("channels", "1", "messages", "@original")
    '/channels/1/messages/@original'
    """
    return "".join(f"/{quote(part, safe='@')}" for part in parts)


def _parts(said: Any, file: discord.File) -> list[dict[str, Any]]:
    payload = {"name": "payload_json", "value": json.dumps(said)}
    content = {"name": "files[0]", "value": file.fp, "filename": file.filename}
    return [payload, content | {"content_type": "application/octet-stream"}]


def _told(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _code(text: str) -> int:
    code = _told(text).get("code", 0)
    return code if isinstance(code, int) else 0


def _reason(text: str) -> str:
    return str(_told(text).get("message", ""))
