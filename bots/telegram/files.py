"""Files that people send on Telegram: fetched through its API, since their addresses have the token in them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bots.fetching import MOST_BYTES, TOTAL_S, Fetched, Fetcher
from bots.telegram.api import Api
from bots.telegram.reading import FILE
from tasks.contracts.errors import BadInput, PlatformRefused, PlatformUnavailable

UNSAID = "application/octet-stream"  # Telegram's servers call every file so; what it was sent as is checked before


class TelegramFetcher(Fetcher):
    """Fetches what came with a message of Telegram, and what is at public addresses."""

    def __init__(self, api: Api, *, total_s: float = TOTAL_S) -> None:
        super().__init__(total_s=total_s)
        self._api, self._file_s = api, total_s

    async def fetch(self, url: str, kinds: Iterable[str], most_bytes: int = MOST_BYTES) -> Fetched:
        """Return a file. Raises as `Fetcher.fetch` does."""
        if not url.startswith(FILE):
            return await super().fetch(url, kinds, most_bytes)
        try:
            # Who waits for longer than the desk does would have its message come again, and again wait for the file.
            async with asyncio.timeout(self._file_s):
                found = await self._api.call("getFile", file_id=url.removeprefix(FILE))
                return Fetched(UNSAID, await self._api.download(str(found.get("file_path", "")), most_bytes))
        except TimeoutError as exc:
            raise PlatformUnavailable("the attachment did not arrive in time") from exc
        except PlatformRefused as exc:
            raise BadInput(f"the attachment cannot be fetched: {exc.message}") from exc
