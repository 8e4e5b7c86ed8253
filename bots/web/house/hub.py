"""One look a second at the flock, for all who listen; none while nobody does.

Moves of jobs and what hosts did are heard on one connection; the flock is looked at, and told where it has changed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from redis.exceptions import RedisError

from bots.web.house import overview
from bots.web.house.shapes import FleetShape
from bots.web.house.timeline import entry
from bots.web.house.told import FLEET, JOB, LOAD, Told
from tasks.contracts.errors import RetryableError, ServerBusy
from tasks.jobs import events, happenings
from tasks.jobs.ending import put_down
from tasks.jobs.happenings import Happening
from tasks.jobs.store import AsyncStore

LOOK_S = 1.0
MOST_LISTENERS = 200
MOST_MOVES = 200  # in one event; how many more there were is told
CATCH_UP = 100  # entries of the timeline after a break
LINGER_S = 5.0  # for a listener that comes back at once, as after a change of networks
HEARTBEAT_S = 10.0  # below the idle timeouts of proxies
RETRY_AFTER_S = 10.0
HEARTBEAT = b": still here\n\n"
RETRY = b"retry: 1000\n\n"


class Hub:
    """Listens and looks on behalf of everybody who has the fleet view open."""

    def __init__(
        self, store: AsyncStore, flock: Callable[[], Awaitable[FleetShape]], closing: Callable[[], bool]
    ) -> None:
        self._store, self._flock, self._closing = store, flock, closing
        self.told = Told()
        self.listening = 0
        """How many listen now."""
        self._left_s = 0.0
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._shown: Any = None
        self._moves: list[dict[str, str]] = []
        self._left_out = 0
        self._happened: list[Happening] = []
        self._latest = ""
        self._silent_s = 0.0
        self._deaf = False
        """Whether moves may have gone unheard."""

    async def frames(self, last: str = "") -> AsyncIterator[bytes]:
        """Yield the frames of one listener who heard `last` before."""
        self.listening += 1
        try:
            yield RETRY
            await self._wake()
            place = self.told.place(last)
            if place is not None:
                yield self.told.resumed(place)
            while self._is_awake() and not self._closing():
                news, frames = self._news, None if place is None else self.told.after(place)
                place, frames = self.told.number, self.told.anew() if frames is None else frames
                for frame in frames:
                    yield frame
                if place == self.told.number:
                    await news.wait()
                    if place == self.told.number:
                        yield HEARTBEAT
        finally:
            self.listening -= 1
            self._left_s = time.monotonic()

    def admit(self) -> None:
        """Return where there is a place for one more. Raises ServerBusy."""
        if self.listening >= MOST_LISTENERS:
            raise ServerBusy(
                f"{self.listening} listen to what happens in the flock, which is as many as are served at once",
                next_step="try again in some seconds, or ask GET /api/fleet now and then",
                retry_after_s=RETRY_AFTER_S,
            )

    async def close(self) -> None:
        """Look no more. What it asks once its connections are put away would open new ones that nobody closes."""
        if self._task is not None:
            await put_down({self._task})

    def _is_awake(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _wake(self) -> None:
        """Have somebody look, and wait until there is something to show."""
        if not self._is_awake():  # what happened while nobody listened is not known
            self.told, self._shown, self._latest = Told(), None, ""
            self._task = asyncio.create_task(self._run(), name="hub")
        while self._shown is None and self._is_awake():
            await self._news.wait()

    def _wanted(self) -> bool:
        lingers = time.monotonic() - self._left_s < LINGER_S
        return (self.listening > 0 or lingers) and not self._closing()

    async def _run(self) -> None:
        try:
            while self._wanted():
                try:
                    await self._follow()
                except (RedisError, RetryableError):
                    self._deaf = True
                    await self._look()  # which tells that Redis is away
                    await asyncio.sleep(LOOK_S)
        finally:
            self._announce()

    async def _follow(self) -> None:
        ear = self._store.client.pubsub()
        try:
            await ear.subscribe(self._store.key("events"), self._store.key("happened"))
            await self._catch_up()
            if self._deaf:
                self._deaf = False
                self.told.lose()
                self._announce()
            while self._wanted():
                await self._look()
                await self._hear(ear)
        finally:
            await ear.aclose()

    async def _catch_up(self) -> None:
        """Take in what hosts did while nobody heard it; at the start only where the timeline ends."""
        read = happenings.since(self._latest, CATCH_UP) if self._latest else happenings.latest(1)
        found = await self._store.run(read)
        if self._latest:
            self._happened += found
        self._latest = found[-1].id if found else self._latest

    async def _hear(self, ear: Any) -> None:
        """Gather what is heard in a second."""
        until_s = time.monotonic() + LOOK_S
        while (left_s := until_s - time.monotonic()) > 0:
            heard = await ear.get_message(ignore_subscribe_messages=True, timeout=left_s)
            if heard is not None:
                self._take(heard["channel"], heard["data"])

    def _take(self, channel: str, said: str) -> None:
        if channel == self._store.key("happened"):
            happening = happenings.heard(said)
            if happening is not None and happening.order > happenings.order_of(self._latest):
                self._happened.append(happening)
                self._latest = happening.id
        elif len(self._moves) >= MOST_MOVES:
            self._left_out += 1
        elif (move := events.parse(said)) is not None:
            self._moves.append({"job": move.job, "state": move.state.value, "model": move.model, "who": move.who})

    async def _look(self) -> None:
        """Tell what was gathered, and the flock where it has changed."""
        before = self.told.number
        if self._moves:
            self.told.add(JOB, {"moves": self._moves, "left_out": self._left_out})
            self._moves, self._left_out = [], 0
        seen = await self._flock()
        if self._happened:
            names = {model.model: model.name for model in seen.models}
            entries = [entry(each, names).model_dump(mode="json") for each in reversed(self._happened)]
            self.told.add(LOAD, {"entries": entries, "next": None})
            self._happened = []
        flock = seen.model_dump(mode="json")
        if (still := overview.still(flock)) != self._shown:
            self._shown = still
            self.told.add(FLEET, flock)
        self._silent_s = 0.0 if self.told.number > before else self._silent_s + LOOK_S
        if self._silent_s == 0.0 or self._silent_s >= HEARTBEAT_S:
            self._silent_s = 0.0
            self._announce()

    def _announce(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
