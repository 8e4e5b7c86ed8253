"""The official client, and a worker that answers by itself."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from tasks.jobs.store import Store
from tests.bots.conftest import NO_TLS, PATIENCE_S, Site
from tests.tasks.generation.bench import Bench
from tests.tasks.jobs.flock import MODEL

HANDS = 4  # jobs that the worker answers at once
LOOK_S = 0.1


class Worker(Bench):
    """Answers whatever comes, until the test ends."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._threads = [threading.Thread(target=self._work) for _ in range(HANDS)]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        while not self.ending.is_set():
            if self.client.brpop(f"model.{MODEL}", timeout=LOOK_S):
                self.ring()


@pytest.fixture(autouse=True)
def _quick_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin a silent stream after one tick, and end as soon; and have nobody wait for memories that nobody keeps."""
    monkeypatch.setattr("bots.web.openai.streaming.OPEN_S", 0.1)
    monkeypatch.setattr("bots.web.openai.line.LAST_S", 0.1)
    monkeypatch.setattr("bots.web.memories.WAIT_S", 0.1)


@pytest.fixture
def worker(redis_url: str) -> Iterator[Worker]:
    """A worker with the fake engine."""
    made = Worker(redis_url)
    yield made
    made.close()


@pytest.fixture
def ask(site: Site) -> Iterator[Callable[..., openai.OpenAI]]:
    """Call it for a client of the served API, which does not try again by itself unless it is told to."""
    with contextlib.ExitStack() as opened:

        def client(url: str = "", **how: Any) -> openai.OpenAI:
            http = openai.DefaultHttpxClient(trust_env=False, verify=NO_TLS)
            how = {"max_retries": 0, "timeout": PATIENCE_S, "api_key": "none", **how}
            return opened.enter_context(openai.OpenAI(base_url=f"{url or site.url}/v1", http_client=http, **how))

        yield client


@pytest.fixture
def ai(ask: Callable[..., openai.OpenAI]) -> openai.OpenAI:
    """The official client."""
    return ask()


@pytest.fixture
def jobs(ledger: Store) -> Callable[[], list[str]]:
    """Call it for the ids of all jobs that there ever were, live or ended."""
    return lambda: sorted(name.rpartition(":")[2] for name in ledger.client.scan_iter(ledger.key("job", "*")))
