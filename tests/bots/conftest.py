"""A flock in miniature: the real ledger, the real page, and a worker that a test plays by hand."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import signal
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastapi.dependencies.models
import httpx
import pytest
import redis
import uvicorn

from bots.web.app import create_app
from bots.web.serving import listen
from tasks.contracts.errors import ProcessFailed
from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.messages import Usage
from tasks.contracts.settings import Settings
from tasks.jobs import fleet_moves, moves
from tasks.jobs.gateway import AsyncGateway, Gateway
from tasks.jobs.store import AsyncStore, Store
from tasks.jobs.values import Claim, HostCard
from tests.bots.web.browser import CHROMIUM, DESK, OF_A_PAGE, OF_THE_PAGE, PATIENCE_MS, Profile, is_trouble

PATIENCE_S = 20.0
USAGE = Usage(prompt_tokens=12, completion_tokens=5)
LEASE_MS = 60_000  # no test waits for one to lapse
HASTE = 5
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of 127.0.0.1: each would read all authorities of this machine anew, and trust none."""


def eventually(condition: Callable[[], Any], what: str) -> Any:
    give_up = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.01)
    return found


@pytest.fixture(name="eventually")
def _eventually() -> Callable[[Callable[[], Any], str], Any]:
    """Wait for a condition and return what it gave."""
    return eventually


@dataclass
class Hand:
    """A host called `home`, whose every move the test makes itself."""

    store: Store
    model: str = "demo"
    host: str = "home"
    fence: int = 0

    def arrive(self) -> None:
        """Be a live host for the model."""
        self.fence, _ = self.store.run(fleet_moves.host_join(self.host, "test", LEASE_MS))
        assert self.store.run(fleet_moves.host_beat(self.host, self.fence, LEASE_MS, "{}", [self.model]))

    def try_to_claim(self) -> Claim | None:
        card = HostCard(name=self.host, fence=self.fence, slots=4)
        claimed = self.store.run(moves.claim(card, self.model, "hand", LEASE_MS))
        assert claimed is None or isinstance(claimed, Claim), "the host was fenced out"
        return claimed

    def claim(self) -> Claim:
        """Wait for a job and take it."""
        claimed = eventually(self.try_to_claim, "a job to claim")
        assert isinstance(claimed, Claim)
        return claimed

    def say(self, claim: Claim, text: str, *, after: str = "") -> None:
        """Stream a piece of the answer."""
        assert self.store.run(moves.delta(claim.job, claim.fence, len(after.encode()), text))

    def finish(self, claim: Claim, text: str, usage: Usage = USAGE, thoughts: str = "") -> None:
        """Give the whole answer."""
        result = {"answered_by": self.model, "finish_reason": "stop"}
        assert self.store.run(moves.finish(claim, text, result, usage, thoughts=thoughts))

    def answer(self, text: str) -> Claim:
        """Take the next job and answer it at once."""
        claim = self.claim()
        self.finish(claim, text)
        return claim

    def bells(self, queue: str = "model.demo") -> list[dict[str, Any]]:
        """Return the Celery messages on a queue."""
        return [json.loads(bell) for bell in self.store.client.lrange(queue, 0, -1)]


@pytest.fixture
def ledger(redis_url: str) -> Iterator[Store]:
    """The real ledger, empty."""
    store = Store.open(redis_url)
    yield store
    store.close()


@pytest.fixture
def kill_redis(ledger: Store) -> Callable[[], None]:
    """Call it to end Redis as a crash would."""
    return lambda: os.kill(ledger.client.info("server")["process_id"], signal.SIGKILL)


@pytest.fixture
def revive_redis(redis_server: Any, ledger: Store) -> Iterator[Callable[[], None]]:
    """Call it to have Redis back; it is back after the test in any case."""

    def answers() -> bool:
        # Who looks may be quicker than its death is noticed, and whom tests kill again and again seems hopeless.
        with contextlib.suppress(redis.RedisError, ProcessFailed):
            redis_server.ensure()
            return bool(ledger.client.ping())
        return False

    yield lambda: eventually(answers, "Redis")
    eventually(answers, "Redis")


@pytest.fixture
def gateway(ledger: Store) -> Gateway:
    """The blocking door to the ledger."""
    return Gateway(ledger)


@pytest.fixture
def hand(ledger: Store) -> Hand:
    """A host that the test plays; it has arrived."""
    hand = Hand(ledger)
    hand.arrive()
    return hand


@pytest.fixture
def fleet() -> Fleet:
    """What `rookery.toml` says; without a file the demo model and one persona."""
    return parse({}, "test")


class Hasty:
    """What uvicorn takes for asyncio in tests: it sleeps a fifth as long before it looks again whether all is done."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / HASTE)


@pytest.fixture(scope="session", autouse=True)
def _hasty_servers() -> Iterator[None]:
    """Have every server end at once: hundreds are opened, and each would take a fifth of a second to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uvicorn.server, "asyncio", Hasty())
        yield


def forget_apps() -> None:
    """Have FastAPI keep no app for the sake of its routes' signatures: a hundred of them are all that garbage is."""
    for kept in vars(fastapi.dependencies.models).values():
        if isinstance(kept, functools._lru_cache_wrapper):
            kept.cache_clear()


class Site:
    """The web bot on a port of its own, on a thread of its own."""

    def __init__(self, redis_url: str, fleet: Fleet, port: int, bind: str = "127.0.0.1") -> None:
        """Listen on loopback, and treat people as a server does that listens on `bind`."""
        self.redis_url, self.fleet, self.port, self.bind = redis_url, fleet, port, bind
        self.url = f"http://127.0.0.1:{port}"
        self.settings: Settings | None = None
        self.left: set[str] = set()
        """What went on after all was served, by name."""
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def open(self) -> None:
        """Start, and wait until it is served."""
        self._thread.start()
        eventually(lambda: self._server and self._server.started, "the web bot")

    def stop(self) -> None:
        """Have it end, as a signal would."""
        assert self._server, "it was never opened"
        self._server.should_exit = True

    def close(self) -> None:
        """End it, streams included."""
        self.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "the web bot did not end"
        forget_apps()

    async def _serve(self) -> None:
        store = AsyncStore.open(self.redis_url)
        app = create_app(
            AsyncGateway(store),
            lambda: self.fleet,
            bind=self.bind,
            closing=lambda: bool(self._server and self._server.should_exit),
            settings=lambda: self.settings,
        )
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        with listen("127.0.0.1", self.port) as listener:
            await self._server.serve(sockets=[listener])
        self.left = {task.get_name() for task in asyncio.all_tasks()}
        await store.close()


@pytest.fixture
def open_site(fleet: Fleet, free_port: Callable[[], int]) -> Iterator[Callable[..., Site]]:
    """Call it with a Redis URL, and a fleet if need be, for a page that is served until the test ends."""
    opened: list[Site] = []

    def open_one(redis_url: str, its_fleet: Fleet = fleet, **how: Any) -> Site:
        opened.append(Site(redis_url, its_fleet, free_port(), **how))
        opened[-1].open()
        return opened[-1]

    yield open_one
    for site in opened:
        site.close()


@pytest.fixture
def site(redis_url: str, open_site: Callable[..., Site]) -> Site:
    """The served page."""
    return open_site(redis_url)


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    """A client of the served page."""
    with httpx.Client(base_url=site.url, timeout=PATIENCE_S, trust_env=False, verify=NO_TLS) as client:
        yield client


_browsing: list[Profile] = []
"""The browser that is open, if one is: it takes seconds to start, and more until it has drawn the first page."""


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Close the browser after the last file about the page: nobody could run a loop of their own beside it."""
    if not (nextitem and nextitem.path.name.startswith(OF_THE_PAGE)):
        pytest_sessionfinish()


def pytest_sessionfinish() -> None:
    """Close the browser, also where the session ends early."""
    while _browsing:
        _browsing.pop().close()


@pytest.fixture(scope="module")
def profile() -> Profile:
    """The profile of a browser of this machine that test after test looks at the page with, in all files about it."""
    if not CHROMIUM.exists():
        reason = f"no {CHROMIUM}; install the package chromium to test the page"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    if _browsing and not _browsing[0].context.browser.is_connected():
        _browsing.pop().close()
    if not _browsing:
        _browsing.append(Profile.started(sync_playwright().start()))
    return _browsing[0]


@pytest.fixture(scope="module")
def chromium(profile: Profile) -> Any:
    """The browser of that profile."""
    return profile.context.browser


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, chromium, profile: Profile, tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    """Call it with an address for a page on which no script may fail; a test that fails leaves a screenshot.

    Whoever looks a second time is somebody else, with a profile of their own, and so is who is to be `alone`.
    """
    opened: list[Any] = []
    own: list[Any] = []
    failed = request.session.testsfailed

    def open_one(url: str, *, alone: bool = False, **options: Any) -> Any:
        site, _, _ = url.partition("/#")
        if opened or alone or not options.keys() <= OF_A_PAGE:
            own.append(chromium.new_context(**{"viewport": DESK, **options}))
            page = own[-1].new_page()
        else:
            page = profile.page(site, **options)
        page.set_default_timeout(PATIENCE_MS)
        page.troubles = []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("console", lambda said: page.troubles.append(said.text) if is_trouble(said) else None)
        page.on("request", lambda asked: None if asked.url.startswith(site) else page.troubles.append(asked.url))
        page.goto(url)
        opened.append(page)
        return page

    yield open_one
    for number, page in enumerate(opened if request.session.testsfailed > failed else []):
        page.screenshot(path=tmp_path / f"{number}.png")
    for context in own:
        context.close()
    profile.leave()
    assert not [trouble for page in opened for trouble in page.troubles]


@pytest.fixture
def page(open_page, site, hand) -> Any:
    """The page of a flock with a host."""
    return open_page(site.url)
