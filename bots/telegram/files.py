"""Files that people send on Telegram: fetched through its API, since their addresses have the token in them."""

from __future__ import annotations

from collections.abc import Iterable

from bots.fetching import MOST_BYTES, Fetched, Fetcher
from bots.telegram.api import Api
from bots.telegram.reading import FILE
from tasks.contracts.errors import BadInput, PlatformRefused

UNSAID = "application/octet-stream"  # Telegram's servers call every file so; what it was sent as is checked before


class TelegramFetcher(Fetcher):
    """Fetches what came with a message of Telegram, and what is at public addresses."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self._api = api

    async def fetch(self, url: str, kinds: Iterable[str], most_bytes: int = MOST_BYTES) -> Fetched:
        """Return a file. Raises as `Fetcher.fetch` does."""
        if not url.startswith(FILE):
            return await super().fetch(url, kinds, most_bytes)
        try:
            found = await self._api.call("getFile", file_id=url.removeprefix(FILE))
            return Fetched(UNSAID, await self._api.download(str(found.get("file_path", "")), most_bytes))
        except PlatformRefused as exc:
            raise BadInput(f"the attachment cannot be fetched: {exc.message}") from exc
