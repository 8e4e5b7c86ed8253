"""What every test may ask for: a real Redis of its own, a free port. And what none may do: talk to another machine."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from xdist.scheduler import LoadScopeScheduling

from workers.supervision import ports
from workers.supervision.redis_server import local_url, redis_child
from workers.supervision.supervise import Phase, Supervisor

if TYPE_CHECKING:
    from tests.tasks.jobs.flock import Flock

pytest_plugins = ("tests.guard.plugin",)
REDIS_START_TIMEOUT_S = 60.0
MEMORY = Path("/dev/shm")
ROOM_BYTES = 1 << 30
FAULTS, TRAINING, PAGE = "tests/faults/", "tests/tasks/training/", "tests/bots/web/test_page"
SELDOM = (20_000, 10, 10)  # new objects until garbage is looked for: with 700, as Python has it, a seventh of all CPU
SECONDS_TO_IMPORT = ("torch", "transformers", "datasets")


def pytest_configure() -> None:
    """Let processes of the tests hear Ctrl-C, also where a shell runs the tests in the background and so deaf to it.

    And let them keep what they compiled, also where Python was told not to: hundreds start, each with all our modules.
    And let llama.cpp keep to one thread: several that wait for each other spin, and where tests fill every core an
    answer of a hundredth of a second takes ten.
    """
    gc.disable()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def imported() -> set[str]:
    """Return which libraries this process has that take seconds to import."""
    return {name for name in SECONDS_TO_IMPORT if name in sys.modules}


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for garbage from here on, seldom, and never among all modules and tests: they are millions that stay."""
    gc.freeze()
    gc.set_threshold(*SELDOM)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """See that no file of tests brings in what takes seconds before any test runs: every process reads every file."""
    before = imported()
    report = yield
    if late := imported() - before:
        report.outcome = "failed"
        report.longrepr = f"this file imports {', '.join(sorted(late))} outside of its functions"
    return report


@dataclass(frozen=True)
class RedisServer:
    """The Redis of this test session; it ends with the session, even when pytest is killed."""

    url: str
    port: int
    folder: Path
    supervisor: Supervisor
    client: redis.Redis

    def ensure(self) -> None:
        """Have it running again if somebody killed it, at once and however often that was."""
        give_up_s = time.monotonic() + REDIS_START_TIMEOUT_S
        while not self._is_well():
            if self.supervisor.states()["redis"].phase is Phase.WAITING:
                self.supervisor.restart("redis")  # without a backoff: these deaths are no failures of its own
            assert time.monotonic() < give_up_s, self.supervisor.failure("redis")
            time.sleep(0.01)

    def _is_well(self) -> bool:
        self.supervisor.tick()
        with contextlib.suppress(redis.ConnectionError):
            return self.supervisor.states()["redis"].phase is Phase.READY and bool(self.client.ping())
        return False


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Call it for a port of 127.0.0.1 that nobody listens on."""
    return ports.free_port


@contextlib.contextmanager
def quick_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a folder in memory where a machine has room for one: there nobody waits for what the disk promises.

    Such a folder holds whatever a kill may take, and that is all that tests do to this Redis.
    """
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        yield tmp_path_factory.mktemp("redis")
        return
    with tempfile.TemporaryDirectory(prefix="rookery-tests-", dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One real Redis for the session, with the settings that `rookery up` gives it."""
    port = ports.free_port()
    with (
        quick_folder(tmp_path_factory) as folder,
        Supervisor([redis_child(folder, port)], log_dir=folder) as supervisor,
    ):
        supervisor.wait_ready(REDIS_START_TIMEOUT_S)
        url = local_url(port)
        with redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as client:
            yield RedisServer(url, port, folder, supervisor, client)


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of an empty Redis; it knows the scripts of the tests before, as they are the same."""
    redis_server.ensure()
    redis_server.client.flushall()
    return redis_server.url


@pytest.fixture
def flock(redis_url: str) -> Iterator[Flock]:
    """The ledger on that Redis, with people and hosts in the test's hands."""
    from tests.tasks.jobs.flock import Flock

    made = Flock(redis_url)
    yield made
    made.store.close()


def listening() -> list[logging.Handler]:
    """Return what listens to whatever this process logs, but for pytest."""
    return [one for one in logging.getLogger().handlers if not type(one).__module__.startswith("_pytest")]


@pytest.fixture(autouse=True)
def _no_log_of_its_own() -> Iterator[None]:
    """Fail the test after which this process logs to a stream that is closed, beneath all later tests."""
    before = listening()
    yield
    if listening() != before:
        pytest.fail("this test leaves a log behind: `logging_as_it_was` of tests/logged.py puts things right")


@pytest.fixture(autouse=True)
def _no_seconds_of_import(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the quick test that has a process import for seconds what tests of training alone import, and once."""
    before = imported()
    yield
    node = request.node
    is_quick = not any(node.get_closest_marker(mark) for mark in ("slow", "gpu"))
    late = imported() - before
    if late and is_quick and not node.nodeid.startswith(TRAINING):
        pytest.fail(f"this test imports {', '.join(sorted(late))}: its place is {TRAINING}, or it is slow")


class Together(LoadScopeScheduling):
    """Keeps each file in one process, and the whole fault suite: its tests share a flock.

    And all tests of training: torch and what goes with it are imported once. And all that look at the page: a browser
    starts once.

    Marks say so too, but xdist 3.8 writes them where pytest 9.2 no longer looks.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((room for room in (FAULTS, TRAINING, PAGE) if file.startswith(room)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Say which tests belong together where tests run in several processes."""
    return Together(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make reports fit to travel: tests log half characters on purpose, and no wire between processes takes them."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "replace").decode()) for name, text in report.sections]
    return report
