"""A client for servers of comments: what is new, and post this, once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from bots.feed.comments import Comment, Draft, comment_of
from bots.feed.line import Line
from bots.feed.retrying import RetryPolicy
from bots.feed.stats import Stats
from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable

TRY_S = 4.0  # for one try: a post with all of its tries and looks stays below the lease of a delivery
MOST = 1_000  # comments that a server hands out at once
MOST_PAGES = 50
FIRST_ASK = 50
GROWTH = 4

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


class Client:
    """One feed of one server. Use it as an async context.

    Calls raise PlatformBusy (come again after `retry_after_s`), PlatformUnavailable (no answer, or none that can be
    read) or PlatformRefused (never), after they were tried again as often as the policy says.
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        channel: str = "",
        retry: RetryPolicy | None = None,
        sleep: Sleep = asyncio.sleep,
        try_s: float = TRY_S,
    ) -> None:
        self._line, self._channel = Line(url, key, try_s), channel
        self._retry, self._sleep = retry or RetryPolicy(), sleep
        self._rng = random.Random()  # noqa: S311 -- to spread load, nothing secret
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect when something is asked for."""
        await self._open.enter_async_context(self._line)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the connections."""
        await self._open.aclose()

    @property
    def stats(self) -> Stats:
        """What was called so far, and what came of it."""
        return self._line.stats

    async def fetch_messages(self, limit: int = FIRST_ASK) -> list[Comment]:
        """Return the newest comments, the oldest of them first."""
        found, _more = await self._page(limit=limit)
        return found[-limit:]

    async def messages_since(self, at_ms: int, limit: int = FIRST_ASK) -> list[Comment]:
        """Return all comments after a time of the server's clock, the oldest first, however many there are.

        A server leaves out the oldest where there are more than it was asked for: then it is asked for more.
        """
        while limit < MOST:
            found, more = await self._page(after=at_ms, limit=limit)
            if not more or (found and found[0].at_ms <= at_ms):
                return [comment for comment in found if comment.at_ms > at_ms]
            limit = min(limit * GROWTH, MOST)
        return await self._since_by_pages(at_ms)

    async def post_message(self, draft: Draft) -> Comment:
        """Post a comment and return it as the server has it: once, however often it is tried.

        Every try bears the same key. For servers that do not know keys, one looks for it before each further try.
        """
        tries = 0

        async def post() -> Comment:
            nonlocal tries
            tries += 1
            arrived = await self._find(draft) if tries > 1 else None
            return arrived or _surely(comment_of(await self._line.post(draft.body(self._channel), draft.key)))

        return await self._persevere(post)

    async def batch_post(self, drafts: Sequence[Draft]) -> list[Comment | PlatformUnavailable | PlatformRefused]:
        """Post several comments in their order; returns for each the comment, or why it could not be posted."""
        posted: list[Comment | PlatformUnavailable | PlatformRefused] = []
        for draft in drafts:
            try:
                posted.append(await self.post_message(draft))
            except (PlatformUnavailable, PlatformRefused) as exc:
                posted.append(exc)
        return posted

    async def find(self, draft: Draft, since_ms: int) -> Comment | None:
        """Return the comment that a draft has become after a time of the server's clock; None: there is none."""
        return draft.among(await self.messages_since(since_ms))

    async def ping(self) -> bool:
        """Return whether the server answers, at one try."""
        try:
            await self._read(limit=1)
        except (PlatformUnavailable, PlatformRefused):
            return False
        return True

    async def _find(self, draft: Draft) -> Comment | None:
        """Return what a draft has become, where that is among the newest by its id; looked for at one try."""
        newest, _more = await self._read(limit=FIRST_ASK)
        return next((comment for comment in newest if comment.id == draft.id), None)

    async def _since_by_pages(self, at_ms: int) -> list[Comment]:
        """Return all comments after a time, page by page from the newest back."""
        known: dict[str, Comment] = {}
        for page in range(MOST_PAGES):
            found, more = await self._page(limit=MOST, offset=page * MOST)
            known.update((comment.id, comment) for comment in found if comment.at_ms > at_ms)
            if not more or (found and found[0].at_ms <= at_ms):
                break
        return sorted(known.values(), key=lambda comment: comment.order)

    async def _page(self, **query: int) -> tuple[list[Comment], bool]:
        return await self._persevere(lambda: self._read(**query))

    async def _read(self, **query: int) -> tuple[list[Comment], bool]:
        """Return the comments of one answer, the oldest first, and whether older ones were left out."""
        channel = {"domain": self._channel} if self._channel else {}
        answer = await self._line.get({name: str(value) for name, value in query.items()} | channel)
        raw: Any = answer.get("comments") if isinstance(answer, dict) else answer
        if not isinstance(raw, list):
            raise PlatformUnavailable("the feed answered something that is no list of comments")
        comments = [comment_of(entry) for entry in raw]
        self.stats.malformed += comments.count(None)
        found = [each for each in comments if each and (not self._channel or each.channel == self._channel)]
        # What was left out because it is none of ours is not counted as if the feed were at its end.
        more = len(raw) >= query["limit"] or (isinstance(answer, dict) and bool(answer.get("hasMore")))
        return sorted(found, key=lambda comment: comment.order), more

    async def _persevere(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something until it works, as often as the policy says."""
        failures = 0
        while True:
            try:
                return await work()
            except PlatformUnavailable as exc:
                failures += 1
                asked_s = exc.retry_after_s if isinstance(exc, PlatformBusy) else 0.0
                if self._retry.is_spent(failures) or asked_s > self._retry.cap_s:
                    raise
                self.stats.retries += 1
                await self._sleep(max(asked_s, self._retry.wait_s(failures, self._rng)))


def _surely(comment: Comment | None) -> Comment:
    if comment is None:
        raise PlatformUnavailable("the feed took a comment and answered something that is none")
    return comment
