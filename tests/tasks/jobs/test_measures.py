"""What is counted of how jobs and loads go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.contracts.messages import Usage
from tasks.jobs import fleet_moves, measures, moves
from tasks.jobs.measures import Histogram, Measures, ModelMeasures
from tests.tasks.jobs import bots
from tests.tasks.jobs.flock import LONG_MS, MODEL, Flock


def counted(flock: Flock) -> Measures:
    return flock.store.run(measures.read())


def of_model(flock: Flock, slug: str = MODEL) -> ModelMeasures:
    return counted(flock).model(slug)


def ago(flock: Flock, job: str, **times_ms: int) -> None:
    """Put times of a job so long ago."""
    seconds, micros = flock.client.time()
    now_ms = seconds * 1000 + micros // 1000
    flock.client.hset(flock.store.key("job", job), mapping={name: now_ms - ms for name, ms in times_ms.items()})


def filled(histogram: Histogram) -> dict[float, int]:
    """Return the buckets with something in them, by their bounds."""
    bounds = (*histogram.bounds_s, float("inf"))
    return {bound: count for bound, count in zip(bounds, histogram.counts, strict=True) if count}


def test_before_anything_ended_nothing_is_counted(flock: Flock):
    flock.submit()
    seen = counted(flock)
    assert seen.model(MODEL) == ModelMeasures(
        wait=seen.model(MODEL).wait, first_token=seen.model(MODEL).first_token, load=seen.model(MODEL).load
    )
    assert (seen.model(MODEL).wait.count, seen.deliveries, seen.model("nobody")) == (0, {}, ModelMeasures())
    assert seen.bounds_s == tuple(sorted(seen.bounds_s))


def test_a_reply_says_how_long_it_was_waited_for_when_words_came_and_when_all_was_there(flock: Flock):
    host, job = flock.host(), flock.submit()
    claim = flock.take(host)
    flock.delta(claim, 0, "h")
    ago(flock, job, received_ms=7_000, queued_ms=6_900, claimed_ms=4_900, first_ms=3_000)
    flock.finish(claim)
    seen = of_model(flock)
    assert (filled(seen.wait), seen.wait.sum_s) == ({2.5: 1}, 2.0)
    assert (filled(seen.first_token), seen.first_token.sum_s) == ({5.0: 1}, 4.0)
    assert {name: filled(each) for name, each in seen.response.items()} == {"reply": {10.0: 1}}
    assert 7 <= seen.response["reply"].sum_s < 10
    assert (seen.errors, seen.tries, seen.cached) == ({}, {}, 0)


def test_a_reply_without_a_stream_had_its_first_words_with_the_last(flock: Flock):
    host, job = flock.host(), flock.submit()
    claim = flock.take(host)
    ago(flock, job, received_ms=700)
    flock.finish(claim)
    assert filled(of_model(flock).first_token) == filled(of_model(flock).response["reply"]) == {1.0: 1}


def test_what_is_on_a_bound_belongs_to_it_and_what_is_beyond_all_has_a_place(flock: Flock):
    host = flock.host()
    for wait_ms in (500, 501, 3_600_000, 3_600_001):
        job = flock.submit()
        claim = flock.take(host)
        ago(flock, job, claimed_ms=0, queued_ms=wait_ms)
        flock.finish(claim)
    assert filled(of_model(flock).wait) == {0.5: 1, 1.0: 1, 3600.0: 1, float("inf"): 1}


def test_a_clock_that_was_set_back_counts_as_no_time(flock: Flock):
    host, job = flock.host(), flock.submit()
    claim = flock.take(host)
    ago(flock, job, claimed_ms=500, queued_ms=100)
    flock.finish(claim)
    assert of_model(flock).wait.sum_s == 0


def test_a_notice_is_counted_by_its_cause_and_has_no_first_words(flock: Flock):
    flock.submit()
    flock.give_back(flock.take(flock.host()), "rejected")
    seen = of_model(flock)
    assert (seen.errors, seen.first_token.count, seen.response["notice"].count) == ({"rejected": 1}, 0, 1)


def test_who_waited_in_vain_waited_until_they_were_told_so(flock: Flock):
    job = flock.submit()
    ago(flock, job, queued_ms=25_000)
    flock.past(job, "deadline_ms")
    flock.sweep()
    seen = of_model(flock)
    assert (seen.errors, filled(seen.wait)) == ({"expired": 1}, {30.0: 1})


def test_who_never_reached_the_queue_waited_for_no_host(flock: Flock):
    job = flock.submit(recall=True)
    flock.past(job, "deadline_ms")
    flock.sweep()
    seen = of_model(flock)
    assert (seen.errors, seen.wait.count, seen.response["notice"].count) == ({"expired": 1}, 0, 1)


def test_a_try_that_came_to_nothing_is_counted_by_its_error_and_host(flock: Flock):
    host, job = flock.host(), flock.submit()
    for error in ("EngineStalled: no word for 20 s", "EngineStalled: again"):
        flock.give_back(flock.take(host), error=error)
    claim = flock.take(host)
    flock.lapse(claim.job)
    assert flock.view(job).outcome == "notice"
    assert of_model(flock).tries == {("EngineStalled", "anvil"): 2, ("WorkerLost", "anvil"): 1}


def test_an_answer_that_was_given_before_is_counted_apart(flock: Flock):
    host = flock.host()
    for result in ({"answered_by": "demo"}, {"answered_by": "demo", "cached": "1"}):
        flock.submit()
        flock.store.run(moves.finish(flock.take(host), "hi", result, Usage()))
    assert (of_model(flock).cached, of_model(flock).response["reply"].count) == (1, 2)


def test_a_job_counts_for_the_model_that_it_ended_with(flock: Flock):
    host, job = flock.host("anvil", "b"), flock.submit(model="a", fallback=("b",))
    assert flock.view(job).model == "b"
    flock.serve(host, model="b")
    assert {slug: each.response["reply"].count for slug, each in counted(flock).by_model.items() if each.response} == {
        "b": 1
    }


def test_an_end_is_counted_by_who_was_to_deliver_it(flock: Flock):
    host = flock.host()
    flock.submit()
    flock.serve(host)
    flock.withdraw(flock.submit(bot="heron"))
    bots.answered(flock, 2)

    async def scene() -> None:
        async with bots.bot(flock) as outbox:
            (first, gone) = await bots.take(outbox, 2)
            await outbox.delivered(*first)
            await outbox.undeliverable(*gone, "the channel is gone")

    bots.play(scene)
    assert counted(flock).deliveries == {
        ("delivered", "pull"): 1,
        ("withdrawn", "heron"): 1,
        ("delivered", "heron"): 1,
        ("undeliverable", "heron"): 1,
    }


def test_what_is_told_twice_is_counted_once(flock: Flock):
    host = flock.host()
    flock.submit()
    claim = flock.take(host)
    assert flock.finish(claim)
    assert not flock.finish(claim)
    assert of_model(flock).response["reply"].count == 1
    assert counted(flock).deliveries == {("delivered", "pull"): 1}


def test_a_load_is_counted_once_it_is_done(flock: Flock):
    host = flock.host("anvil", "none")
    for slug, ok, load_s in (("a", True, 2.5), ("b", False, 9.0)):
        flock.store.run(fleet_moves.claim_load(host.name, host.fence, slug, ttl_ms=LONG_MS))
        flock.store.run(fleet_moves.load_done(host.name, host.fence, slug, ok=ok, load_s=load_s))
    assert (filled(of_model(flock, "a").load), of_model(flock, "a").load.sum_s) == ({2.5: 1}, 2.5)
    assert of_model(flock, "b").load.count == 0


def test_what_one_job_costs_to_count_is_one_read_and_two_writes(flock: Flock):
    host = flock.host()
    flock.submit()
    claim = flock.take(host)
    flock.finish(claim)
    before = flock.client.info("commandstats")
    flock.submit()
    flock.finish(flock.take(host))
    after = flock.client.info("commandstats")

    def calls(command: str) -> int:
        then = before.get(f"cmdstat_{command}", {"calls": 0})["calls"]
        return int(after[f"cmdstat_{command}"]["calls"] - then)

    # Of these, counting made one HMGET of the hash of its model, and one HINCRBY of the deliveries; and one HSET.
    assert (calls("evalsha"), calls("hincrby"), calls("hmget")) == (3, 5, 2)


# ---------------------------------------------------------------- histograms


@pytest.mark.parametrize(("share", "seconds"), [(0.25, 0.5), (0.5, 1.0), (0.75, 2.0), (1.0, 3.0)])
def test_a_quantile_lies_within_its_bucket(share: float, seconds: float):
    assert Histogram((1.0, 3.0), (2, 2, 0), 6.0).quantile_s(share) == seconds


def test_of_nothing_there_is_no_quantile_and_no_mean():
    assert (Histogram().quantile_s(0.5), Histogram().mean_s, Histogram.sum([])) == (None, None, Histogram())


def test_what_is_beyond_all_bounds_is_told_as_the_last_of_them():
    assert Histogram((1.0, 3.0), (0, 0, 4), 90.0).quantile_s(0.5) == 3.0


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)), min_size=1),
    st.floats(0.01, 1),
)
def test_a_sum_of_histograms_counts_what_its_parts_count(parts: list[tuple[int, int, int]], share: float):
    histograms = [Histogram((1.0, 3.0), counts, float(sum(counts))) for counts in parts]
    whole = Histogram.sum(histograms)
    assert whole.count == whole.sum_s == sum(each.count for each in histograms)
    if whole.count:
        quantile = whole.quantile_s(share)
        assert quantile is not None
        assert 0 < quantile <= 3.0
