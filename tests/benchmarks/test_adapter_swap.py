from __future__ import annotations

import pytest

from benchmarks.adapter_swap import findings, measure, mixed
from tasks.contracts.jobs import JobState, JobView, Outcome
from tests.benchmarks.quick import by_name, nobody


def answered(adapter: str, text: str, took_ms: int = 100, **said: object) -> JobView:
    told = {"job": "j", "state": JobState.DELIVERED, "fence": 1, "model": "m", "session": "s", "user": "u", **said}
    view = {
        "adapter": adapter,
        "text": text,
        "outcome": Outcome.REPLY,
        "received_ms": 1_000,
        "ended_ms": 1_000 + took_ms,
    }
    return JobView.model_validate({**told, **view})


def test_words_that_are_nobodys_are_mixed_and_so_are_those_of_another() -> None:
    usual = [answered("", "base"), answered("a", "one"), answered("a", "one"), answered("b", "two")]
    assert mixed(usual) == 0
    assert mixed([*usual, answered("a", "one two")]) == 1
    assert mixed([*usual, answered("c", "one")]) == 1


def test_added_is_what_the_slowest_wait_longer() -> None:
    before, amid = [answered("a", "one", 100)] * 50, [answered("a", "one", 100)] * 40 + [answered("a", "one", 700)] * 10
    found = by_name(findings(before, amid, 1.0, 0.5))
    assert (found["added p99"].value, found["failed"].value, found["mixed"].value) == (600.0, 0, 0)


@pytest.mark.slow
def test_adapters_change_and_nobody_is_failed() -> None:
    found = by_name(measure(nobody, quick=True))
    assert (found["failed"].value, found["mixed"].value, found["tried more than once"].value) == (0, 0, 0)
