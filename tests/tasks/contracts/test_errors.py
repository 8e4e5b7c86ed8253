"""Errors: one tree, with a sentence for the log, a next step, and a notice that a person may see."""

from __future__ import annotations

import inspect
import re

import pytest

from tasks.contracts import errors
from tasks.contracts.errors import EngineOverloaded, RetryableError, RookeryError

EVERY_ERROR = [error for _, error in inspect.getmembers(errors, inspect.isclass) if issubclass(error, RookeryError)]
NOT_FOR_PEOPLE = ("redis", "celery", "queue", "worker", "host", "engine", "error", "exception", "job", "http", "token")

#: What is tried again. The rest becomes a notice at once.
RETRIED = {
    "RetryableError",
    "StoreUnavailable",
    "StoreFull",
    "ServerBusy",
    "EngineError",
    "EngineUnavailable",
    "EngineOverloaded",
    "EngineStalled",
    "EngineWedged",
    "EngineTruncated",
    "ModelLoadFailed",
    "OutOfMemory",
    "WrongModel",  # by another host
    "PlatformUnavailable",
    "PlatformBusy",
    "TranscriptUnavailable",
    "MemoryUnavailable",
    "MemoryFull",
    "MemorySlow",
}


def drawn() -> dict[str, str]:
    """Return each error in the tree at the top of the module, with its parent."""
    parents: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"((?:│   |    )*)(├── |└── |)([A-Z]\w+)(?: {2}|$)", line):
            depth = len(found[1]) // 4 + bool(found[2])
            above[depth:] = [found[3]]
            parents[found[3]] = above[depth - 1] if depth else "Exception"
    return parents


def test_the_tree_at_the_top_is_the_tree() -> None:
    assert drawn() == {error.__name__: error.__base__.__name__ for error in EVERY_ERROR if error.__base__}


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: error.__name__)
def test_every_error_has_a_notice_without_internals(error: type[RookeryError]) -> None:
    assert error.notice.endswith(".")
    assert len(error.notice) < 140
    assert not [word for word in NOT_FOR_PEOPLE if re.search(rf"\b{word}s?\b", error.notice.lower())]


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: error.__name__)
def test_what_happened_stays_out_of_the_notice(error: type[RookeryError]) -> None:
    raised = error("redis://h is gone", next_step="start it")
    assert (raised.message, raised.next_step) == ("redis://h is gone", "start it")
    assert raised.notice == error.notice


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: error.__name__)
def test_the_next_step_is_part_of_what_is_printed(error: type[RookeryError]) -> None:
    assert str(error("it broke", next_step="mend it")) == "it broke → mend it"
    assert str(error("it broke")) == "it broke"


def test_what_is_retried_is_read_from_the_tree() -> None:
    assert {error.__name__ for error in EVERY_ERROR if issubclass(error, RetryableError)} == RETRIED


def test_a_busy_engine_says_when_to_come_back() -> None:
    assert EngineOverloaded("busy", retry_after_s=1.5).retry_after_s == 1.5
    assert EngineOverloaded("busy").retry_after_s == 0.0
