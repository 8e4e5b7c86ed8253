from __future__ import annotations

import pytest

from benchmarks.memory import bytes_per_job, findings, measure, small_client
from tasks.jobs.store import Store
from tests.benchmarks.quick import by_name, nobody


def test_the_process_that_holds_the_model_does_not_count_towards_the_goal() -> None:
    whole = {
        "rookery up": 20e6,
        "rookery run bot web": 20e6,
        "workers.engines.llamacpp_server": 900e6,
        "redis-server": 10e6,
    }
    found = by_name(findings(30e6, 50e6, whole, 400.0))
    assert found["the process of the web page"].value == 20.0
    lean = found["everything of `rookery up` but the model"]
    assert lean.value == 50.0
    assert found["everything of `rookery up`, with the demo model"].value == 950.0
    assert lean.goal is not None
    assert lean.goal.verdict(lean.value) == "met"


def test_a_process_that_only_uses_the_gateway_can_be_weighed(redis_url: str) -> None:
    assert 10e6 < small_client(redis_url) < 1e9


def test_a_finished_job_is_weighed_without_its_words(redis_url: str) -> None:
    store = Store.open(redis_url)
    left = bytes_per_job(store, 50)
    assert not store.client.keys(store.key("text", "*"))
    assert len(store.client.keys(store.key("job", "*"))) > 50
    store.close()
    assert 100 < left < 2_000


@pytest.mark.slow
def test_it_runs() -> None:
    found = by_name(measure(nobody, quick=True))
    assert all(figure.value > 0 for figure in found.values())
