"""The last hour in samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tasks.contracts.clock import ManualClock
from tasks.jobs import fleet_moves, history, measures
from tasks.jobs.history import EVERY_S, LONGEST_S, MOST_MODELS, SAMPLES, Counts, Sample, sample
from tasks.jobs.sampling import Sampler
from tasks.jobs.values import Backlog, HostSeen, Status
from tests.tasks.jobs.flock import Flock

BOUNDS_S = (1.0, 2.0, 4.0)
BEFORE = Counts(10_000, BOUNDS_S, (1, 0, 0, 0), (5, 5, 0, 0), 2, {"crow": 100})
NOW = Counts(20_000, BOUNDS_S, (1, 4, 0, 0), (5, 5, 10, 0), 5, {"crow": 350, "owl": 50})


def seen(*hosts: HostSeen, waiting: dict[str, int] | None = None) -> Status:
    backlogs = tuple(Backlog(slug, count, 1, 0) for slug, count in (waiting or {}).items())
    return Status(now_ms=20_000, heartbeat_ms=0, live=0, dead=0, backlogs=backlogs, hosts=hosts)


def host(name: str = "anvil", *, live: bool = True, **memory: Any) -> HostSeen:
    return HostSeen(name, live, 1, {"memory": memory} if memory else {})


def test_a_sample_is_what_was_counted_in_between() -> None:
    taken = sample(BEFORE, NOW, seen())
    assert (taken.span_s, taken.answers, taken.notices) == (10.0, 10, 3)
    assert taken.tokens == {"crow": 250, "owl": 50}
    assert taken.wait_s == (1.5, 1.95)
    assert taken.answer_s == (3.0, 3.9)


def test_a_stretch_in_which_nothing_happened_knows_of_no_durations() -> None:
    taken = sample(NOW, replace(NOW, at_ms=30_000), seen())
    assert (taken.span_s, taken.answers, taken.tokens) == (10.0, 0, {})
    assert (taken.wait_s, taken.answer_s) == ((None, None), (None, None))


@pytest.mark.parametrize(
    "before",
    [
        None,
        replace(BEFORE, at_ms=int(20_000 - LONGEST_S * 1000) - 1),  # a long silence
        replace(BEFORE, at_ms=20_001),
        replace(BEFORE, tokens={"crow": 351}),  # another ledger: counts never go back
        replace(BEFORE, notices=6),
        replace(BEFORE, answers=(99, 0, 0, 0)),
    ],
)
def test_without_a_moment_to_compare_with_only_how_things_stand_is_known(before: Counts | None) -> None:
    taken = sample(before, NOW, seen(host(used_gib=3.0, total_gib=8.0), waiting={"crow": 2}))
    assert (taken.span_s, taken.answers, taken.tokens) == (None, 0, {})
    assert (taken.waiting, taken.queues, taken.hosts) == (2, {"crow": 2}, {"anvil": (3.0, 8.0)})


def test_buckets_that_another_version_counted_by_are_begun_anew() -> None:
    assert sample(replace(BEFORE, answers=(5, 5), waits=()), NOW, seen()).answers == 20


def test_hosts_that_are_gone_or_say_nothing_of_memory_are_left_out() -> None:
    hosts = (host("a", used_gib=1.0, total_gib=None), host("b", live=False, used_gib=1.0), host("c"))
    assert sample(None, NOW, seen(*hosts)).hosts == {"a": (1.0, None)}


def test_only_the_busiest_models_are_kept() -> None:
    many = {f"m{number}": number for number in range(1, 200)}
    taken = sample(BEFORE, replace(NOW, tokens={**BEFORE.tokens, **many}), seen(waiting=many))
    assert len(taken.tokens) == len(taken.queues) == MOST_MODELS
    assert "m199" in taken.tokens
    assert "m1" not in taken.queues


def test_a_sample_is_read_as_it_was_kept() -> None:
    taken = sample(BEFORE, NOW, seen(host(used_gib=3.0, total_gib=8.0), waiting={"crow": 2}))
    assert Sample.of(taken.text()) == taken


def test_the_leader_samples_what_jobs_did_every_ten_seconds(flock: Flock) -> None:
    clock = ManualClock()
    sampler = Sampler(flock.store, clock)
    assert sampler.look()
    assert not sampler.look()
    flock.submit()
    flock.serve(flock.host())
    flock.submit()
    age_samples(flock)
    clock.sleep(EVERY_S)
    assert sampler.look()
    first, second = flock.store.run(history.read()).samples
    assert (first.span_s, second.answers, second.waiting) == (None, 1, 1)
    assert second.tokens == {"demo": 3}
    assert second.answer_s[0] is not None


def age_samples(flock: Flock) -> None:
    """Put the samples so far ten seconds back."""
    key = flock.store.key("history")
    flock.client.eval(
        "local all = redis.call('XRANGE', KEYS[1], '-', '+') redis.call('DEL', KEYS[1]) "
        "for _, e in ipairs(all) do local ms = tonumber(e[1]:match('%d+')) - 10000 "
        "redis.call('XADD', KEYS[1], string.format('%.0f', ms) .. '-0', unpack(e[2])) end",
        1,
        key,
    )


def test_two_leaders_one_after_the_other_take_one_sample(flock: Flock) -> None:
    for _ in range(2):
        Sampler(flock.store, ManualClock()).look()
    assert len(flock.store.run(history.read()).samples) == 1


def test_another_leader_goes_on_where_one_died(flock: Flock) -> None:
    Sampler(flock.store, ManualClock()).look()
    age_samples(flock)
    flock.submit()
    flock.serve(flock.host())
    Sampler(flock.store, ManualClock()).look()
    assert flock.store.run(history.read()).samples[-1].answers == 1


@pytest.mark.parametrize("kept", ["no JSON", "[]", '{"of": "another version"}', '{"at_ms": 1, "newer": 2}'])
def test_counts_that_cannot_be_read_are_begun_anew(flock: Flock, kept: str) -> None:
    flock.client.set(flock.store.key("history", "counts"), kept)
    assert Sampler(flock.store, ManualClock()).look()
    read = flock.store.run(history.read())
    assert read.counts is not None
    assert len(read.samples) == 1


def test_samples_of_another_version_are_left_out(flock: Flock) -> None:
    flock.client.xadd(flock.store.key("history"), {"sample": '{"of": "another version"}'}, "1-0")
    Sampler(flock.store, ManualClock()).look()
    assert len(flock.store.run(history.read()).samples) == 1


def test_an_hour_is_kept_and_no_more(flock: Flock) -> None:
    seen_now, stats = flock.store.run(fleet_moves.status()), flock.store.run(fleet_moves.stats())
    now = history.counts_of(seen_now, stats, flock.store.run(measures.read()))
    key = flock.store.key("history")
    text = Sample(at_ms=1).text()
    flock.client.eval("for i = 1, 500 do redis.call('XADD', KEYS[1], i .. '-0', 'sample', ARGV[1]) end", 1, key, text)
    flock.store.run(history.keep(Sample(at_ms=now.at_ms), now))
    kept = flock.store.run(history.read(1_000))
    assert len(kept.samples) == SAMPLES
    assert kept.samples[-1].at_ms == now.at_ms
    assert flock.client.ttl(key) > 3_600
