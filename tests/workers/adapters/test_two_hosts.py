"""Two hosts with real engines, and people who ask all the time: other adapters come and go, and nobody notices."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.jobs import Outcome
from tasks.contracts.learning import adapter_name
from tests.workers.adapters.aviary import PERSONA, Aviary, Crowd, words
from tests.workers.household import until

HOSTS = ("one", "two")
ROLLED_BACK_S = 5.0
pytestmark = pytest.mark.slow


@pytest.fixture
def aviary(redis_server: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Aviary]:
    redis_server.ensure()
    made = Aviary(tmp_path, redis_server.url, *HOSTS, **getattr(request, "param", {}))
    made.flock.client.flushall()
    for host in HOSTS:
        made.start(host)
    until(lambda: all(made.here(host) for host in HOSTS), "two hosts")
    yield made
    made.close()


@pytest.mark.parametrize(
    "aviary", [{}, {"more": "memory_gib = 1.5"}], ids=["beside the former one", "drained"], indirect=True
)
def test_adapters_change_under_load_and_nobody_is_failed_or_answered_by_two(aviary: Aviary) -> None:
    first, second = aviary.publish(1), aviary.publish(2)
    with Crowd(aviary) as crowd:

        def told(*words: str, by: str) -> float:
            """Say it as an operator would; return the seconds until both hosts have answered by it."""
            began, began_s = crowd.asked(), time.monotonic()
            assert aviary.command.invoke("train", *words, "--persona", PERSONA).code == 0
            until(lambda: crowd.answered_by(by, began) == set(HOSTS), f"both hosts with {by}")
            return time.monotonic() - began_s

        told("promote", first, by=first)
        told("promote", second, by=second)
        assert told("rollback", by=first) < ROLLED_BACK_S, "a rollback needs no other engine"
        rolled_back = crowd.asked()
        until(lambda: crowd.asked() > rolled_back + 10, "some more questions")
    views = crowd.answers()
    assert {view.adapter for view in views[rolled_back:]} == {adapter_name(PERSONA, first)}
    assert {(view.outcome, view.attempts) for view in views} == {(Outcome.REPLY, 1)}
    said = words(views)
    assert set(said) == {"", adapter_name(PERSONA, first), adapter_name(PERSONA, second)}
    assert [len(texts) for texts in said.values()] == [1, 1, 1], "each has words of its own, from the first to the last"
    assert len(set.union(*said.values())) == 3
    flagged = {view.flags for view in views if not view.adapter}
    assert flagged <= {(), ("no adapter",)}
