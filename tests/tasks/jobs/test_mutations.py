"""Take away what keeps the promise, and a short scenario must notice: else the tests would prove nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tasks.jobs import scripts
from tests.tasks.jobs.flock import Flock

Mutate = Callable[[str, str, str], None]


@pytest.fixture
def mutate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mutate]:
    """Call it with a Lua file, a text that must be in it once, and what to put there instead."""
    real = scripts.read

    def put(name: str, there: str, instead: str) -> None:
        assert real(name).count(there) == 1, f"{name}.lua no longer says {there!r}: mend this mutation"

        def read(wanted: str) -> str:
            return real(wanted).replace(there, instead) if wanted == name else real(wanted)

        monkeypatch.setattr(scripts, "read", read)
        scripts.script.cache_clear()

    yield put
    monkeypatch.undo()
    scripts.script.cache_clear()


def a_late_writer_is_refused(flock: Flock) -> None:
    host = flock.host()
    job = flock.submit()
    late = flock.take(host)
    flock.lapse(job)
    owner = flock.take(host)
    assert not flock.finish(late, "stale")
    assert flock.finish(owner, "fresh")
    assert flock.view(job).text == "fresh"


def what_a_dead_worker_held_is_answered(flock: Flock) -> None:
    host = flock.host()
    job = flock.submit()
    flock.take(host)
    flock.hear()
    flock.lapse(job)
    assert flock.hear(), "nobody was told"
    assert flock.claim(host) is not None


def a_lost_bell_is_rung_while_others_are_at_work(flock: Flock) -> None:
    host = flock.host()
    jobs = [flock.submit() for _ in range(3)]
    for _ in jobs:
        flock.hear()
    flock.take(host), flock.take(host)
    flock.sweep(), flock.sweep()
    assert flock.bells() == 1


FENCE_OFF = ("rooms", "is_held(job) and job.fence == tonumber(fence)", "is_held(job)")
SWEEPER_OFF = ("sweep", "redis.call('ZRANGEBYSCORE', key('live'), '-inf', NOW, 'LIMIT', 0, most)", "{}")
CLAIMED_COUNT = (
    "sweep",
    "- redis.call('LLEN', queue)",
    "- redis.call('LLEN', queue) - redis.call('SCARD', held_key('anvil', slug))",
)
CASES = [
    pytest.param(a_late_writer_is_refused, FENCE_OFF, id="fence off"),
    pytest.param(what_a_dead_worker_held_is_answered, SWEEPER_OFF, id="sweeper off"),
    pytest.param(a_lost_bell_is_rung_while_others_are_at_work, CLAIMED_COUNT, id="claimed jobs pay for bells"),
]


@pytest.mark.parametrize(("scenario", "mutation"), CASES)
def test_the_scenario_holds_as_things_are(flock: Flock, scenario: Callable[[Flock], None], mutation: object):
    scenario(flock)


@pytest.mark.parametrize(("scenario", "mutation"), CASES)
def test_the_scenario_fails_without_what_keeps_the_promise(
    flock: Flock, mutate: Mutate, scenario: Callable[[Flock], None], mutation: tuple[str, str, str]
):
    mutate(*mutation)
    with pytest.raises(AssertionError):
        scenario(flock)
