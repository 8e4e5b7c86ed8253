"""One bot as a process: what an adapter is, what it is given to work with, and how all of it runs and ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from bots import alive, replies
from bots.access import Rules
from bots.delivery.manners import Manners
from bots.delivery.nonces import nonce_of
from bots.delivery.postman import Postman
from bots.fetching import Fetcher
from bots.guilds import Guilds
from bots.platform import Face, Outgoing, Place, Platform
from bots.reception.desk import Around, Desk
from bots.reception.values import Reception
from bots.rereading import Rereading
from bots.words import Words
from tasks.contracts import roles
from tasks.contracts.entries import DEMO_LABEL
from tasks.contracts.errors import ProcessFailed, RookeryError, UnknownPersona
from tasks.contracts.fleet import Fleet
from tasks.contracts.fleetwatch import FleetWatch
from tasks.contracts.jobs import JobView
from tasks.contracts.platforms import Discord, Telegram
from tasks.contracts.settings import Settings
from tasks.jobs.ending import put_down
from tasks.jobs.gateway import AsyncGateway
from tasks.jobs.offices import AsyncOffice
from tasks.jobs.store import AsyncStore, Store
from tasks.jobs.sweeper import Sweeper
from tasks.jobs.values import Ways

GROUP = "rookery.bots"
ASIDE = "aside"  # the kind of what is said beside an answer, as nonces have it
SOCKETS = 16  # to Redis, however many jobs are on their way; two of them wait for what comes
GOODBYE_S = 1.0  # to a platform, before it is told again to end
ENDING = (signal.SIGINT, signal.SIGTERM)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class House:
    """What an adapter gets from the rest of the house."""

    settings: Callable[[], Settings]
    """As they are now: ask each time, they are read again when the fleet file changes."""
    desk: Reception
    gateway: AsyncGateway
    store: AsyncStore
    manners: Callable[[], Manners]
    """How to post, also what the desk has told: with `dry_run` nothing is."""


class Adapter(Protocol):
    """One platform: what it can do, and where its events come from."""

    bot: str
    """The name of the bot: of its outbox, and in the ids of its jobs."""
    platform: Platform
    office: str
    """What only one process in the flock may be at a time, such as "telegram:<digest of the token>"; empty: nothing."""

    async def run(self, house: House) -> None:
        """Connect and pass on what is heard, until the connection is over for good.

        It is called before anything is posted. To return, or to raise an error of the tree, ends the process: whoever
        looks after it starts it again.
        """


@runtime_checkable
class Ruled(Protocol):
    """An adapter that says itself who may speak to it. Others are heard by the tables of their platform."""

    def rules(self, settings: Settings) -> Rules:
        """Return who may speak where, as the settings are now."""


@runtime_checkable
class Fetches(Protocol):
    """An adapter whose platform hands out files in a way of its own."""

    fetcher: Fetcher


Factory = Callable[[Settings, Mapping[str, str]], Adapter]
"""What an entry point in the group `rookery.bots` names: settings and environment in, an adapter out.

Raises ConfigurationError when a token is missing, and names the variable.
"""


def run(settings: Settings, adapter: Adapter) -> None:
    """Run a bot until SIGINT or SIGTERM. Raises as `serve` does."""
    asyncio.run(_until_told(serve(settings, adapter)))


async def serve(settings: Settings, adapter: Adapter, *, fetcher: Fetcher | None = None) -> None:
    """Run a bot until it is cancelled.

    Raises:
        AlreadyRunning: another process is this bot.
        ProcessFailed: its connection is over.
        RookeryError: the adapter ended with it.
    """
    sweeper = Sweeper(Store.open(settings.redis_url, settings.namespace))
    store = AsyncStore.open(settings.redis_url, settings.namespace, sockets=SOCKETS)
    sweeper.start()
    try:
        async with contextlib.AsyncExitStack() as stack:
            fetcher = fetcher or (adapter.fetcher if isinstance(adapter, Fetches) else Fetcher())
            works = [*await _held(adapter, store, stack), *_works(settings, adapter, store, fetcher)]
            logger.info("bot is up", extra={"bot": adapter.bot, "platform": adapter.platform.name})
            await _first_to_end(works)
    finally:
        await asyncio.to_thread(sweeper.stop)
        sweeper.store.close()
        await store.close()
    raise ProcessFailed(
        f"the connection of the bot {adapter.bot!r} is over", next_step="start it again; `rookery up` does so by itself"
    )


def _works(
    settings: Settings, adapter: Adapter, store: AsyncStore, fetcher: Fetcher
) -> list[Coroutine[Any, Any, None]]:
    watch = Rereading(FleetWatch(settings, os.environ, roles.BOT))
    ways = Ways.of(settings.fleet.jobs, archive=settings.fleet.transcript.enabled)
    gateway, words = AsyncGateway(store, ways), Words(settings.worded(settings.fleet.words.blocked))

    def manners() -> Manners:
        return manners_of(watch.current(), adapter.platform.name)

    postman = Postman(
        store,
        adapter.platform,
        adapter.bot,
        manners=manners,
        words=words.outgoing,
        face=lambda persona: face_of(persona, watch.current().fleet),
        small_print=lambda view: small_print(view, watch.current().fleet),
    )
    around = Around(
        gateway=gateway,
        fleet=lambda: watch.current().fleet,
        rules=lambda: rules_of(watch.current(), adapter),
        words=words,
        guilds=Guilds(settings.worded(settings.fleet.words.settings)),
        postman=postman,
        tell=Aside(adapter.platform, manners),
        fetcher=fetcher,
    )
    desk = Desk(around)
    house = House(settings=watch.current, desk=desk, gateway=gateway, store=store, manners=manners)
    beside = [watch.run(), alive.keep_telling(store, adapter.bot)]
    return [adapter.run(house), postman.run(), desk.silence.run(), *beside]


async def _held(
    adapter: Adapter, store: AsyncStore, stack: contextlib.AsyncExitStack
) -> list[Coroutine[Any, Any, None]]:
    """Take the office of an adapter, if it wants one, and return what ends when that is lost."""
    if not adapter.office:
        return []
    office = await stack.enter_async_context(AsyncOffice(store, adapter.office))
    return [office.until_lost()]


async def _first_to_end(works: list[Coroutine[Any, Any, None]]) -> None:
    """Run all of it until one ends, however it does, and end the others."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await put_down(tasks, GOODBYE_S)


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    async with _cancelled_by_signals(task):
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def _cancelled_by_signals(task: asyncio.Task[None]) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in ENDING:
            loop.remove_signal_handler(number)


class Aside:
    """Says something beside the answer to a job, once, without anybody waiting for it.

    Where messages can be changed nothing is said: there delivery shows how a job stands in the place of its answer.
    """

    def __init__(self, platform: Platform, manners: Callable[[], Manners]) -> None:
        self._platform, self._manners = platform, manners
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, place: Place, text: str, job: str) -> None:
        """Post `text`."""
        if self._platform.bounds(place).edits or self._manners().dry_run:
            return
        task = asyncio.create_task(self._post(place, Outgoing(text, nonce_of(job, ASIDE, "0"), final=True)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post(self, place: Place, what: Outgoing) -> None:
        try:
            await self._platform.post(place, what)
        except RookeryError as exc:
            logger.info("nothing was said aside", extra={"why": exc.message})


def manners_of(settings: Settings, platform: str) -> Manners:
    """Return how a bot of a platform is to post, as the settings are now."""
    section = getattr(settings.fleet, platform, None)
    dry = settings.dry_run or bool(getattr(section, "dry_run", False))
    return Manners(stream=bool(getattr(section, "stream", True)), dry_run=dry)


def rules_of(settings: Settings, adapter: Adapter) -> Rules:
    """Return who may speak to a bot, as the settings are now."""
    if isinstance(adapter, Ruled):
        return adapter.rules(settings)
    section = getattr(settings.fleet, adapter.platform.name, None)
    if isinstance(section, Discord | Telegram):
        return Rules.of(section)
    return Rules()


def face_of(persona: str, fleet: Fleet) -> Face | None:
    """Return how a persona looks where a platform lets it."""
    try:
        known = fleet.persona(persona)
    except UnknownPersona:
        return None
    return Face(known.name, known.avatar)


def small_print(view: JobView, fleet: Fleet) -> str:
    """Return the line below an answer."""
    return DEMO_LABEL if replies.is_demo(view.model, fleet) else ""
