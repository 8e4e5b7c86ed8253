"""A reception on the real ledger, with a fleet of its own and somebody who writes down whom it lets through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from bots.access import Rules
from bots.fetching import Fetched, Fetcher
from bots.guilds import Guilds
from bots.platform import Heard, Place
from bots.reception.desk import Around, Desk
from bots.reception.values import Command
from bots.words import Words
from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import BadInput
from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.messages import JobRequest
from tasks.jobs import placing
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.store import AsyncStore

T = TypeVar("T")
PERSONAS = [
    {"name": "Ada", "model": "demo", "prompt": "You are Ada.", "aliases": ["Countess"]},
    {"name": "Bob", "model": "demo", "prompt": "You are Bob."},
]
TABLES: dict[str, Any] = {"persona": PERSONAS, "jobs": {"max_in_flight": 9}}


def heard(text: str = "hello", message: str = "1", chat: str = "10", **fields: Any) -> Heard:
    """Return something that Ann says to the bot in a channel."""
    said = {"platform": "discord", "bot": "rook", "user": "7", "author": "Ann", "at_ms": 1_000, "mentioned": True}
    return Heard(**{**said, "place": Place(chat, message), "message": message, "text": text, **fields})


def command(name: str, args: str = "", message: str = "c1", chat: str = "10", **fields: Any) -> Command:
    """Return a command of Ann's."""
    job = fields.pop("job", "")
    return Command(name, heard(args, message, chat, **fields), job)


class Post:
    """Stands where the postman does."""

    ear = "bot:rook"

    def __init__(self) -> None:
        self.followed: list[JobRequest] = []

    def follow(self, request: JobRequest, *, fresh: bool = True) -> None:
        """Write down that a job is followed."""
        assert isinstance(fresh, bool)
        self.followed.append(request)


class Shelf(Fetcher):
    """Has files by their addresses."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__()
        self.files, self.asked = files, list[str]()

    async def fetch(self, url: str, kinds: Any, most_bytes: int = 0) -> Fetched:
        """Hand out a file."""
        self.asked.append(url)
        if url not in self.files:
            raise BadInput("no such file")
        return Fetched("text/plain", self.files[url])


class Counter:
    """What stands around a desk."""

    def __init__(self, redis_url: str, folder: Path, tables: dict[str, Any] | None = None) -> None:
        self.url, self.folder = redis_url, folder
        self.fleet: Fleet = parse(tables or TABLES, "test")
        self.rules = Rules()
        self.post, self.shelf = Post(), Shelf({})
        self.aside: list[tuple[Place, str]] = []
        self.words, self.guilds = Words(folder / "words.yaml"), Guilds(folder / "settings.json")
        self.patience_s = 20.0
        self.clock: Clock = SystemClock()
        self.store: AsyncStore

    def run(self, scene: Callable[[Desk], Awaitable[T]]) -> T:
        """Play a scene at the desk."""

        async def play() -> T:
            self.store = AsyncStore.open(self.url)
            desk = self.desk()
            try:
                result = await scene(desk)
                while desk._busy:  # what goes on by itself is not to be cut off with a connection half made
                    await asyncio.sleep(0.01)
                return result
            finally:
                await self.store.close()

        return asyncio.run(play())

    def desk(self) -> Desk:
        """Return a desk, as after a start of the process."""
        around = Around(
            gateway=AsyncGateway(self.store),
            fleet=lambda: self.fleet,
            rules=lambda: self.rules,
            words=self.words,
            guilds=self.guilds,
            postman=self.post,
            tell=lambda place, text, _job: self.aside.append((place, text)),
            fetcher=self.shelf,
            patience_s=self.patience_s,
            clock=self.clock,
        )
        return Desk(around)

    async def request(self, job: str) -> JobRequest:
        """Return a job as the ledger has it."""
        stood = await self.store.run(placing.read_placed(job))
        assert stood is not None
        return stood.request

    @property
    def asked(self) -> list[str]:
        """What was let through, in its order."""
        return [request.text for request in self.post.followed]
