"""Jobs whose hosts are gone go on to who is there: to another host, or to the next model of the chain."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.contracts.jobs import Cause
from tasks.jobs import fleet_moves, moves
from tasks.jobs.sweeper import Sweeper
from tasks.jobs.values import HostCard, PassedOn
from tests.tasks.jobs.flock import LONG_AGO_MS, Flock

CHAIN = ("small", "tiny")
NEVER_MS = 2**52


def meant_for_big(flock: Flock, text: str = "hello", **fields: Any) -> str:
    return flock.submit(text, **{"model": "big", "fallback": CHAIN, **fields})


def host(flock: Flock, name: str, *models: str, **about: Any) -> HostCard:
    """Have a host join that serves some models, and says this of itself."""
    card = flock.host(name, *(models or ("nothing",)))
    flock.client.hset(flock.store.key("host", name), "about", json.dumps(about))
    return card.model_copy(update={"labels": tuple(about.get("labels", ())), "cloud": about.get("cloud", False)})


def vanish(flock: Flock, *names: str) -> None:
    """Let the presence of hosts have lapsed long ago."""
    for name in names:
        flock.client.zadd(flock.store.key("hosts"), {name: LONG_AGO_MS})
        for serves in flock.client.scan_iter(flock.store.key("serves", "*")):
            flock.client.zadd(serves, {name: LONG_AGO_MS}, xx=True)


def look(flock: Flock) -> tuple[str, ...]:
    """Look as the leading sweeper does, whenever it looked before."""
    movable = flock.store.key("movable")
    for job in flock.client.zrange(movable, 0, -1):
        flock.client.zadd(movable, {job: LONG_AGO_MS})
    return flock.store.run(moves.reroute())


def goes(flock: Flock, job: str) -> tuple[str, str, tuple[str, ...]]:
    view = flock.view(job)
    return view.model, view.asked, view.flags


# ---------------------------------------------------------------- at submit
def test_a_model_with_a_host_is_answered_by_that(flock: Flock):
    host(flock, "anvil", "big", "small")
    assert goes(flock, meant_for_big(flock)) == ("big", "", ())


def test_a_model_that_nobody_has_is_stood_in_for_at_once(flock: Flock):
    anvil = host(flock, "anvil", "small", "tiny")
    job = meant_for_big(flock, adapter="pirate")
    assert goes(flock, job) == ("small", "big", ("fallback",))
    assert flock.view(job).marks[0].why == "nobody is there for big"
    claim = flock.take(anvil, model="small")
    assert (claim.job, claim.request.model, claim.request.adapter) == (job, "small", "")
    flock.finish(claim)
    assert goes(flock, job) == ("small", "big", ("fallback",))  # the tombstone still says so


def test_the_chain_is_gone_down_as_far_as_needed(flock: Flock):
    host(flock, "anvil", "tiny")
    assert goes(flock, meant_for_big(flock)) == ("tiny", "big", ("fallback",))


def test_without_anybody_a_job_waits_for_the_model_that_it_is_meant_for(flock: Flock):
    accepted = flock.accept(flock.request(model="big", fallback=CHAIN))
    assert not accepted.hosted
    assert goes(flock, accepted.job) == ("big", "", ())


def test_nothing_that_is_not_named_stands_in(flock: Flock):
    host(flock, "anvil", "demo")
    assert goes(flock, meant_for_big(flock)) == ("big", "", ())
    assert goes(flock, flock.submit(model="big")) == ("big", "", ())


def test_a_host_that_may_load_the_model_is_waited_for(flock: Flock):
    host(flock, "anvil", "small", models=[{"slug": "big", "state": "starting"}])
    assert goes(flock, meant_for_big(flock)) == ("big", "", ())


def test_a_host_that_has_just_gone_is_waited_for(flock: Flock):
    host(flock, "anvil", "big")
    host(flock, "bellows", "small")
    now_ms = int(float(flock.client.time()[0])) * 1000
    flock.client.zadd(flock.store.key("hosts"), {"anvil": now_ms - 500})
    flock.client.zadd(flock.store.key("serves", "big"), {"anvil": now_ms - 500})
    job = meant_for_big(flock)
    assert goes(flock, job) == ("big", "", ())
    vanish(flock, "anvil")
    assert look(flock) == (job,)


def test_an_open_breaker_is_no_host(flock: Flock):
    host(flock, "anvil", "big")
    flock.client.hset(flock.store.key("open", "anvil"), "big", NEVER_MS)
    host(flock, "bellows", "small")
    assert goes(flock, meant_for_big(flock)) == ("small", "big", ("fallback",))
    host(flock, "tongs", "big")
    assert goes(flock, meant_for_big(flock)) == ("big", "", ())


@pytest.mark.parametrize(
    ("memory", "model"),
    [
        ({"trouble": "refused", "troubled_for_s": 60}, "small"),
        ({"trouble": "refused", "troubled_for_s": 1}, "big"),
        ({"trouble": "", "troubled_for_s": 0}, "big"),
        ({"failures": [{"slug": "big", "ago_s": 60}]}, "small"),
        ({"failures": [{"slug": "other", "ago_s": 60}]}, "big"),
        ({"too_large": ["big"]}, "small"),
    ],
)
def test_a_host_is_there_as_long_as_its_engine_can_have_the_model(flock: Flock, memory: dict[str, Any], model: str):
    anvil = host(flock, "anvil", memory=memory)
    flock.store.run(fleet_moves.may_hold(anvil.name, anvil.fence, ["big", "other"]))
    host(flock, "bellows", "small")
    assert goes(flock, meant_for_big(flock))[0] == model


def test_a_host_that_was_told_to_take_no_work_is_no_host(flock: Flock):
    host(flock, "anvil", "big")
    flock.client.hset(flock.store.key("host", "anvil"), "word", "pause")
    host(flock, "bellows", "small")
    assert goes(flock, meant_for_big(flock)) == ("small", "big", ("fallback",))


# ---------------------------------------------------------------- while it waits
def test_a_job_whose_hosts_go_goes_on_when_they_have_been_gone_for_long(flock: Flock):
    host(flock, "anvil", "big")
    bellows = host(flock, "bellows", "small")
    job = meant_for_big(flock)
    assert look(flock) == ()
    vanish(flock, "anvil")
    assert look(flock) == (job,)
    assert goes(flock, job) == ("small", "big", ("fallback",))
    assert flock.view(job).marks[-1].why == "nobody is there for big"
    assert flock.bells("model.small") == 1
    assert flock.serve(bellows, model="small") == job
    assert look(flock) == ()
    assert flock.client.zcard(flock.store.key("movable")) == 0


def test_the_leading_sweeper_sends_jobs_on(flock: Flock):
    host(flock, "anvil", "big")
    host(flock, "bellows", "small")
    job = meant_for_big(flock)
    vanish(flock, "anvil")
    assert Sweeper(flock.store).look().rerouted == (job,)
    assert Sweeper(flock.store).look().rerouted == ()  # another one does not lead


def test_a_job_that_went_on_goes_on_again_and_never_back(flock: Flock):
    host(flock, "anvil", "big")
    host(flock, "bellows", "small")
    job = meant_for_big(flock)
    vanish(flock, "anvil")
    look(flock)
    host(flock, "tongs", "tiny", "big")
    vanish(flock, "bellows")
    assert look(flock) == (job,)
    assert goes(flock, job) == ("tiny", "big", ("fallback",))


def test_a_job_with_a_longer_life_for_want_of_a_host_has_the_usual_one_once_it_goes_on(flock: Flock):
    job = meant_for_big(flock, deadline_s=30.0, unhosted_life_s=3000.0)
    long_ms = flock.view(job).deadline_ms
    host(flock, "bellows", "small")
    assert look(flock) == (job,)
    view = flock.view(job)
    assert view.deadline_ms < long_ms
    assert view.deadline_ms >= view.received_ms + 30_000


def test_what_is_at_work_is_left_alone(flock: Flock):
    anvil = host(flock, "anvil", "big")
    host(flock, "bellows", "small")
    job = meant_for_big(flock)
    flock.take(anvil, model="big")
    vanish(flock, "anvil")
    assert look(flock) == ()
    assert goes(flock, job) == ("big", "", ())


def test_a_job_whose_only_host_failed_it_and_claims_nothing_more_goes_on(flock: Flock):
    anvil = host(flock, "anvil", "big")
    host(flock, "bellows", "small")
    job = meant_for_big(flock)
    flock.give_back(flock.take(anvil, model="big"), not_on="anvil")
    assert look(flock) == ()  # it may be back in a moment
    flock.past(job, "not_before_ms")
    assert look(flock) == (job,)
    assert goes(flock, job) == ("small", "big", ("fallback",))


def fail(flock: Flock, host: HostCard, model: str, tries: int = 3) -> None:
    for _ in range(tries):
        flock.give_back(flock.take(host, model=model))


def test_a_job_that_its_model_failed_at_every_try_goes_on(flock: Flock):
    anvil = host(flock, "anvil", "big", "small")
    job = meant_for_big(flock)
    fail(flock, anvil, "big")
    assert flock.state(job) == "queued"
    assert look(flock) == (job,)
    assert goes(flock, job) == ("small", "big", ("fallback",))
    fail(flock, anvil, "small")
    assert look(flock) == ()  # nobody has the last one of the chain
    fail(flock, anvil, "small", tries=1)
    view = flock.view(job)
    assert (view.cause, view.ended) == (Cause.FAILED, True)


def test_a_job_that_takes_its_workers_down_goes_nowhere_else(flock: Flock):
    anvil = host(flock, "anvil", "big", "small")
    job = meant_for_big(flock)
    for _ in range(3):
        flock.take(anvil, model="big")
        flock.store.run(fleet_moves.recover("anvil", blame=True))
    assert flock.view(job).cause is Cause.CRASHED


def test_the_order_of_a_session_is_kept(flock: Flock):
    host(flock, "anvil", "big")
    bellows = host(flock, "bellows", "small")
    first = meant_for_big(flock, "one", session="s")
    second = meant_for_big(flock, "two", session="s")
    vanish(flock, "anvil")
    look(flock)
    assert flock.serve(bellows, model="small") == first
    assert flock.state(second) == "queued"
    look(flock)
    claim = flock.take(bellows, model="small")
    assert claim.job == second
    assert [turn.text for turn in claim.window] == ["one", "hi"]


# ---------------------------------------------------------------- hosts that it was meant for
def test_a_pinned_job_stays_with_its_host_while_that_lives(flock: Flock):
    host(flock, "anvil", "big")
    bellows = host(flock, "bellows", "big")
    job = flock.submit(model="big", pin="anvil")
    assert look(flock) == ()
    assert isinstance(flock.claim(bellows, model="big"), PassedOn)
    assert goes(flock, job) == ("big", "", ())


def test_a_pinned_job_fails_over_once_its_host_is_gone(flock: Flock):
    host(flock, "anvil", "big")
    bellows = host(flock, "bellows", "big")
    waits = flock.submit(model="big", pin="anvil")
    vanish(flock, "anvil")
    assert look(flock) == (waits,)
    assert goes(flock, waits) == ("big", "", ("failover",))
    assert flock.view(waits).marks[-1].why == "anvil is gone, which it was meant for"
    later = flock.submit(model="big", pin="anvil")
    assert goes(flock, later) == ("big", "", ("failover",))
    assert {flock.serve(bellows, model="big") for _ in range(2)} == {waits, later}


def test_labels_hold_wherever_a_job_goes(flock: Flock):
    host(flock, "anvil", "small", labels=["us"])
    job = meant_for_big(flock, labels=("eu",))
    assert goes(flock, job)[0] == "big"
    host(flock, "bellows", "tiny", labels=["eu"])
    assert look(flock) == (job,)
    assert goes(flock, job)[0] == "tiny"


@pytest.mark.parametrize(
    ("persona", "model"),
    [
        ({"private": True, "allow_cloud": False}, "tiny"),
        ({"private": True, "allow_cloud": True}, "tiny"),
        ({"private": False, "allow_cloud": False}, "tiny"),
        ({"private": False, "allow_cloud": True}, "small"),
    ],
)
def test_only_who_allows_it_goes_on_to_the_cloud(flock: Flock, persona: dict[str, bool], model: str):
    sky = host(flock, "sky", "small", cloud=True)
    home = host(flock, "home", "tiny")
    job = meant_for_big(flock, **persona)
    assert goes(flock, job)[0] == model
    assert flock.take(sky if model == "small" else home, model=model).job == job


def test_who_was_answered_is_looked_at_no_more(flock: Flock):
    anvil = host(flock, "anvil", "big")
    meant_for_big(flock)
    flock.serve(anvil, model="big")
    assert flock.client.zcard(flock.store.key("movable")) == 0
