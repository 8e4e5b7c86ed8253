"""A topic on a server of ntfy: phones that follow it show what is posted there."""

from __future__ import annotations

from email.header import Header
from http import HTTPStatus

import requests

from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable
from tasks.contracts.notices import Level, Notice

CONNECT_S, READ_S = 3.0, 5.0
MAX_BYTES = 4_000  # a longer message becomes a file that has to be opened
MAX_ERROR_CHARS = 200
BUSY_S = 60.0  # where the server says that there was too much, and not until when
#: Short words that ntfy shows as pictures.
MARKS: dict[Level, str] = {
    "info": "information_source",
    "success": "white_check_mark",
    "warning": "warning",
    "error": "rotating_light",
}


class Ntfy:
    """One topic."""

    name = "ntfy"

    def __init__(self, url: str, topic: str, token: str = "") -> None:
        self._url, self._token = f"{url.rstrip('/')}/{topic}", token

    def tell(self, notice: Notice, notice_id: str) -> None:
        """Post it; raises as `tasks.notification.channels.Channel` says."""
        try:
            answer = requests.post(
                self._url,
                data=shortened(notice.words),
                headers=headers_of(notice, self._token),
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,  # a token is for the server that was named
            )
        except requests.RequestException as exc:
            raise PlatformUnavailable(f"ntfy did not answer: {type(exc).__name__}") from exc
        if answer.status_code != HTTPStatus.OK:
            raise _failure(answer)


def headers_of(notice: Notice, token: str) -> dict[str, str]:
    """Return what goes with the words; a title beyond ASCII in the form that mail has for it."""
    title = notice.title if notice.title.isascii() else Header(notice.title, "utf-8", maxlinelen=10_000).encode()
    said = {
        "Title": title,
        "Priority": str(notice.priority),
        "Tags": ",".join([MARKS[notice.level], *notice.tags]),
        "Content-Type": "text/plain; charset=utf-8",
    }
    return {**said, "Authorization": f"Bearer {token}"} if token else said


def shortened(words: str) -> bytes:
    """Return words as bytes, no more than ntfy shows, cut between letters."""
    whole = words.encode()
    return whole if len(whole) <= MAX_BYTES else whole[: MAX_BYTES - 3].decode(errors="ignore").encode() + "…".encode()


def _failure(answer: requests.Response) -> PlatformBusy | PlatformUnavailable | PlatformRefused:
    status = answer.status_code
    what = f"ntfy said {status}: {answer.text[:MAX_ERROR_CHARS].strip()}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        asked = answer.headers.get("Retry-After", "")
        return PlatformBusy(what, retry_after_s=float(asked) if asked.isdecimal() else BUSY_S)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PlatformUnavailable(what)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return PlatformRefused(what, next_step="set NTFY_TOKEN to a token that may write to the topic")
    return PlatformRefused(what, next_step="look at ntfy_url and ntfy_topic in [notify]")
