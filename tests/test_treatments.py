"""What becomes of each error that can be raised: whether it is tried elsewhere, what a person is told, what a client.

A new error has to be given its row here; nothing is treated in silence.
"""

from __future__ import annotations

import builtins
import inspect
import re
from collections.abc import Generator, Iterator
from typing import NamedTuple

import pytest

from bots import replies
from bots.web.failures import status_of
from tasks.contracts import errors
from tasks.contracts.errors import RookeryError
from tasks.contracts.jobs import NOTICES, Cause, JobState, Outcome
from tasks.generation.answering import what_next
from tasks.services import Chat, Completion, Patience, Piece
from tests.tasks.generation.bench import Attentive, Bench
from tests.test_architecture import sources

TREE = {name: kind for name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, RookeryError)}
RETRY, YIELD, MOVED = "retry", "yield", "moved"


class Treatment(NamedTuple):
    """What becomes of an error."""

    job: str
    """In an answer: tried again elsewhere, given back, somebody else's by now; or the cause of its notice."""
    status: int
    """To a client over HTTP."""


REJECTED = Cause.REJECTED.value
AGAIN = Treatment(RETRY, 503)
ODD = Treatment(REJECTED, 500)  # nobody's message brings it about, and another try would not help
TREATMENTS = {
    "RookeryError": ODD,
    "ConfigurationError": ODD,
    "BadInput": Treatment(REJECTED, 422),
    "KeyReused": Treatment(REJECTED, 422),
    "UnknownThing": Treatment(REJECTED, 404),
    "UnknownModel": Treatment(REJECTED, 404),
    "UnknownPersona": Treatment(REJECTED, 404),
    "UnknownJob": Treatment(REJECTED, 404),
    "KeyNeeded": Treatment(REJECTED, 401),
    "NotAllowed": Treatment(REJECTED, 403),
    "PersonaAway": Treatment(REJECTED, 409),
    "Refused": Treatment(REJECTED, 429),
    "JobMoved": Treatment(MOVED, 409),
    "SteppedAside": Treatment(YIELD, 500),
    "RetryableError": AGAIN,
    "StoreUnavailable": AGAIN,
    "StoreFull": AGAIN,
    "ServerBusy": AGAIN,
    "TranscriptUnavailable": AGAIN,
    "MemoryUnavailable": AGAIN,
    "MemoryFull": AGAIN,
    "MemorySlow": AGAIN,
    "MemoryLocked": ODD,
    "BackupDamaged": ODD,
    "TrainingSkipped": ODD,
    "AdapterDamaged": ODD,
    "EngineError": AGAIN,
    "EngineUnavailable": AGAIN,
    "EngineOverloaded": AGAIN,
    "EngineStalled": AGAIN,
    "EngineWedged": AGAIN,
    "EngineTruncated": AGAIN,
    "ModelLoadFailed": AGAIN,
    "OutOfMemory": AGAIN,
    "WrongModel": AGAIN,
    "PlatformUnavailable": AGAIN,
    "PlatformBusy": AGAIN,
    "PlatformRefused": ODD,
    "EngineRejected": ODD,
    "OnlyThoughts": Treatment(Cause.THOUGHT.value, 500),
    "ContextExceeded": Treatment(Cause.TOO_LONG.value, 500),
    "ProcessFailed": ODD,
    "PortTaken": ODD,
    "AlreadyRunning": ODD,
}
#: What nobody who writes to a bot can bring about: they would be told that something went wrong, and so they are.
NOT_OF_PEOPLE = {
    *("RookeryError", "ConfigurationError", "UnknownThing", "UnknownJob", "JobMoved", "SteppedAside"),
    *("PlatformRefused", "ProcessFailed", "PortTaken", "AlreadyRunning", "MemoryLocked", "BackupDamaged"),
    *("TrainingSkipped", "AdapterDamaged"),
}
#: Of others, raised where somebody else is to hear of them, and who does.
HEARD_BY_OTHERS = {
    "ValueError": "pydantic, which names the field; and callers next door",
    "Contradiction": "pydantic, as a ValueError; `parse` makes a ConfigurationError of it",
    "PydanticCustomError": "pydantic, which names the field",
    "HTTPException": "the web bot, which answers with its status",
    "AssertionError": "whoever wrote what cannot be",
    "SystemExit": "the interpreter",
    "typer.Exit": "typer",
    "asyncio.CancelledError": "asyncio",
    "aiohttp.ClientPayloadError": "the line of the feed, as an aiohttp.ClientError",
    "ConnectionAbortedError": "the forkserver's client, as an OSError",
    "FileExistsError": "who writes a backup, as an OSError",
    "zipfile.BadZipFile": "who reads a backup, as one of `archive.DAMAGE`",
    "RedisError": "the store, which translates it",
    "redis.ConnectionError": "the store, which translates it",
}
RAISED = re.compile(r"^\s*raise ([\w.]+)", re.MULTILINE)
HEARD = re.compile(r"^\s*except \(?([\w.,\s]+?)\)?(?: as \w+)?:", re.MULTILINE)
NAME = re.compile(r"[\w.]+")


class Failing(Attentive):
    """An engine that fails with an error of the test's choice."""

    error: RookeryError

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Fail."""
        raise self.error
        yield


@pytest.fixture
def bench(redis_url: str) -> Iterator[Bench]:
    made = Bench(redis_url)
    yield made
    made.close()


def test_every_error_has_its_treatment() -> None:
    assert TREATMENTS.keys() == TREE.keys()


@pytest.mark.parametrize("name", TREE)
def test_an_error_of_an_engine_leads_to_another_host_or_to_a_notice_in_words(bench: Bench, name: str) -> None:
    engine, told = Failing(), TREATMENTS[name]
    engine.error = TREE[name]("it broke", next_step="mend it")
    bench.furnish(engine=engine)
    job = bench.answer("hello")
    view = bench.view(job)
    if told.job == MOVED:
        assert view.state is JobState.CLAIMED
    elif told.job in (RETRY, YIELD):
        assert (view.state, view.attempts) == (JobState.QUEUED, 1 if told.job == RETRY else 0)
        assert bench.field(job, "not_on") == ("anvil" if told.job == RETRY else "")
        bench.past(job, "not_before_ms")
        bench.furnish(card=bench.host("bellows"), engine=Attentive())
        bench.ring()
        assert (bench.view(job).outcome, bench.view(job).host) == (Outcome.REPLY, "bellows")
    else:
        assert (view.outcome, view.cause, view.text) == (Outcome.NOTICE, told.job, NOTICES[Cause(told.job)])
    assert told.job == MOVED or what_next(engine.error) == told.job


@pytest.mark.parametrize("name", TREE)
def test_a_client_is_told_by_status_and_in_words(name: str) -> None:
    error = TREE[name]("it broke", next_step="mend it")
    assert status_of(error) == TREATMENTS[name].status
    assert replies.error(error)["error"]["type"] == name
    assert replies.error(error)["error"]["next_step"] == "mend it"


def test_who_writes_to_a_bot_is_told_more_than_that_something_went_wrong() -> None:
    assert {name for name, kind in TREE.items() if kind.notice == RookeryError.notice} == NOT_OF_PEOPLE


def test_whatever_is_raised_is_of_the_tree_or_heard_by_somebody() -> None:
    texts = [path.read_text("utf-8") for path in sources()]
    raised = {name for text in texts for name in raised_in(text)}
    heard = {name for text in texts for name in heard_in(text)}
    assert len(raised) > len(HEARD_BY_OTHERS)
    assert raised - TREE.keys() - HEARD_BY_OTHERS.keys() - heard == set()
    assert HEARD_BY_OTHERS.keys() <= raised, "who is raised no more needs no hearer"


def raised_in(text: str) -> Iterator[str]:
    """Yield the classes that a module raises by name; what functions return is raised where they make it."""
    for name in RAISED.findall(text):
        if name.rpartition(".")[2].lstrip("_")[:1].isupper():
            yield name


def heard_in(text: str) -> Iterator[str]:
    """Yield the classes of our own that a module catches."""
    for names in HEARD.findall(text):
        yield from (name for name in NAME.findall(names) if name not in vars(builtins))


def test_a_class_that_nobody_hears_of_would_be_found() -> None:
    text = "def f():\n    raise Whisper('x') from exc\n\ntry: f()\nexcept (\n    Shout,\n    OSError,\n) as exc: ...\n"
    assert ([*raised_in(text)], [*heard_in(text)]) == (["Whisper"], ["Shout"])
