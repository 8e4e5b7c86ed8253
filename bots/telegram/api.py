"""Telegram's Bot API over HTTP: the dozen calls that a bot needs, and what their failures mean.

Not taken from a library: the types of the whole API alone take a process beyond the 80 MB that a bot may have.
The token is part of every address, so no error here holds an address, or what the HTTP client said about one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from yarl import URL

from tasks.contracts.errors import AlreadyRunning, PlatformBusy, PlatformRefused, PlatformUnavailable
from tasks.contracts.masking import mask_known

OWN = "https://api.telegram.org"
CALL_S = 20.0
SOCKETS = 16  # one waits for updates; the others are shared by all chats
AGAIN_S = 2.0  # after a connection that was refused, so that nothing was taken
MOST_ANSWER_BYTES = 8 * 2**20
OK, UNAUTHORIZED, NOT_FOUND, CONFLICT, TOO_MANY, BROKEN = 200, 401, 404, 409, 429, 500


class TokenRefused(PlatformUnavailable):
    """Telegram knows no bot by this token: nothing will go through until another one is set."""


class Declined(PlatformRefused):
    """Telegram said no, in these words."""

    def __init__(self, message: str, description: str, moved_to: int = 0) -> None:
        super().__init__(message)
        self.description = description
        self.moved_to = moved_to
        """The supergroup that the chat has become; 0: it has not."""


@dataclass(frozen=True)
class File:
    """Something to send along: under which name in the call, its own name, and what is in it."""

    part: str
    name: str
    content: bytes


class Api:
    """One bot's way to Telegram. A context: it holds the connections."""

    def __init__(self, token: str, base: str = "") -> None:
        self._token, self._base = token, (base or OWN).rstrip("/")
        # A proxy of the environment is for the way out of the house.
        self._trust_env = not base
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Begin; connections are made when they are needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=SOCKETS),
                timeout=aiohttp.ClientTimeout(total=CALL_S),
                trust_env=self._trust_env,
            )
        return self._http

    async def call(self, method: str, *, wait_s: float = CALL_S, file: File | None = None, **given: Any) -> Any:
        """Return what a method came to. What is None is not sent.

        Raises:
            PlatformBusy: nothing was taken; again after `retry_after_s`.
            TokenRefused: Telegram knows no such bot.
            AlreadyRunning: another process asks for the same updates.
            Declined: it never will be taken.
            PlatformUnavailable: no answer that can be read; it may have been taken.
        """
        told = {name: value for name, value in given.items() if value is not None}
        status, text = await self._post(method, {"data": _form(told, file)} if file else {"json": told}, wait_s)
        answer = _answer(text)
        if status < BROKEN and answer.get("ok") is True:
            return answer.get("result")
        raise self._failure(method, status, answer)

    async def _post(self, method: str, body: Mapping[str, Any], wait_s: float) -> tuple[int, str]:
        address = URL(f"{self._base}/bot{self._token}/{method}", encoded=True)
        try:
            async with self._open().post(address, timeout=aiohttp.ClientTimeout(total=wait_s), **body) as answer:
                return answer.status, (await answer.content.read(MOST_ANSWER_BYTES)).decode("utf-8", "replace")
        except aiohttp.ClientConnectorError as exc:
            said = f"Telegram cannot be reached ({type(exc).__name__})"
            raise PlatformBusy(said, retry_after_s=AGAIN_S) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise PlatformUnavailable(f"Telegram did not answer {method} ({type(exc).__name__})") from None

    def _failure(self, method: str, status: int, answer: Mapping[str, Any]) -> Exception:
        said = mask_known(str(answer.get("description") or "no reason given"), [self._token])
        parameters = answer.get("parameters")
        more: Mapping[str, Any] = parameters if isinstance(parameters, dict) else {}
        if status == TOO_MANY:
            wait_s = _number(more.get("retry_after"), default=1)
            return PlatformBusy(f"Telegram has enough of {method} for {wait_s} s", retry_after_s=float(wait_s))
        if status >= BROKEN or "ok" not in answer:
            return PlatformUnavailable(f"Telegram failed at {method} with HTTP {status}")
        if status in (UNAUTHORIZED, NOT_FOUND):
            return TokenRefused(
                "Telegram knows no bot by this token",
                next_step="copy the token from @BotFather into TELEGRAM_TOKEN; /token there makes a new one",
            )
        if status == CONFLICT:
            return AlreadyRunning(
                "somebody else fetches the messages of this bot",
                next_step="end the other program that has its token; if you know of none, have @BotFather make a new "
                "token with /revoke",
            )
        return Declined(f"Telegram refused {method}: {said}", said, _number(more.get("migrate_to_chat_id")))

    async def download(self, path: str, most_bytes: int) -> bytes:
        """Return a file by the path that getFile told. Raises as `call` does; Declined when it is too large."""
        address = URL(f"{self._base}/file/bot{self._token}/", encoded=True).joinpath(path)
        try:
            async with self._open().get(address) as answer:
                if answer.status != OK:
                    raise PlatformUnavailable(f"Telegram did not hand out a file: HTTP {answer.status}")
                content = await answer.content.read(most_bytes + 1)
                while len(content) <= most_bytes and (more := await answer.content.read(most_bytes + 1)):
                    content += more
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise PlatformUnavailable(f"Telegram did not hand out a file ({type(exc).__name__})") from None
        if len(content) > most_bytes:
            raise Declined(f"a file of more than {most_bytes} bytes", "file is too big")
        return content


def _form(told: Mapping[str, Any], file: File) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in told.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    form.add_field(file.part, file.content, filename=file.name, content_type="application/octet-stream")
    return form


def _answer(text: str) -> dict[str, Any]:
    """Return an answer as Telegram gives them; nothing for a page of whatever stands before it."""
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _number(value: object, default: int = 0) -> int:
    return value if isinstance(value, int) else default
