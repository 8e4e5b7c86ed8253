"""Samples as columns."""

from __future__ import annotations

from bots.web.house.plots import columns
from tasks.jobs.history import Kept, Sample

FIRST = Sample(at_ms=10_000, waiting=1, queues={"crow": 1}, hosts={"anvil": (3.0, 8.0)})
SECOND = Sample(
    at_ms=20_000, span_s=10.0, answers=5, notices=1, wait_s=(0.5, 2.0), answer_s=(1.0, 4.0), tokens={"owl": 250}
)
LATE = Sample(at_ms=90_000, span_s=20.0, answers=5, hosts={"anvil": (4.0, 16.0)})


def test_a_column_has_a_value_for_each_moment() -> None:
    told = columns(Kept(21_000, None, (FIRST, SECOND)))
    assert (told.now_ms, told.at_ms) == (21_000, (10_000, 20_000))
    assert told.answers_per_min == (None, 30.0)
    assert told.notices_per_min == (None, 6.0)
    assert told.tokens_per_s == (None, 25.0)
    assert told.waiting == (1, 0)
    assert (told.wait_p50_s, told.wait_p95_s) == ((None, 0.5), (None, 2.0))
    assert (told.answer_p50_s, told.answer_p95_s) == ((None, 1.0), (None, 4.0))


def test_models_and_hosts_have_their_own() -> None:
    told = columns(Kept(21_000, None, (FIRST, SECOND)))
    assert (told.models["owl"].tokens_per_s, told.models["crow"].waiting) == ((None, 25.0), (1, 0))
    assert (told.hosts["anvil"].used_gib, told.hosts["anvil"].total_gib) == ((3.0, None), 8.0)


def test_where_samples_are_missing_nothing_is_known() -> None:
    told = columns(Kept(91_000, None, (SECOND, LATE)))
    assert told.at_ms == (20_000, 30_000, 90_000)
    assert told.answers_per_min == (30.0, None, 15.0)
    assert told.waiting == (0, None, 0)
    assert told.models["owl"].waiting == (0, None, 0)
    assert told.hosts["anvil"].used_gib == (None, None, 4.0)


def test_before_the_first_sample_there_is_nothing_to_draw() -> None:
    told = columns(Kept(1, None, ()))
    assert (told.at_ms, told.models, told.hosts) == ((), {}, {})
