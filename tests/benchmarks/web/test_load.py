from __future__ import annotations

import pytest

from benchmarks.environments import FOLDER, STAMP
from benchmarks.proxy import LITELLM
from benchmarks.stage import stage
from benchmarks.web.clients import Server, rate
from benchmarks.web.load import DIRECT, OURS, THEIRS, dummy, findings, measure
from benchmarks.web.serving import web
from tests.benchmarks.quick import by_name, nobody

INSTALLED = (FOLDER / LITELLM / STAMP).exists()


def test_the_middle_of_the_rounds_is_held_against_that_of_the_proxy() -> None:
    rates = {DIRECT: [2000.0] * 3, OURS: [10.0, 300.0, 310.0], THEIRS: [100.0, 90.0, 500.0]}
    found = by_name(findings(rates, 70.0))
    assert found["32 clients: Rookery ÷ LiteLLM"].value == pytest.approx(3.0)
    assert found["memory of the API's process after it"].value == 70.0


@pytest.mark.slow
def test_questions_are_answered_directly_and_through_the_api() -> None:
    with stage() as made:
        engine, redis = dummy(made), made.redis(fsync=True)
        made.worker(redis, engine, slots=2)
        url, _ = web(made, redis)
        assert rate(Server(engine), 2, 0.2) > 0
        assert rate(Server(url), 2, 0.2) > 0


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="`make bench-peers` installs it")
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert found["32 clients: Rookery ÷ LiteLLM"].value > 0
