from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from tasks.contracts.errors import UnknownJob
from tasks.contracts.jobs import Cause, JobState, Outcome
from tasks.contracts.messages import Then
from tasks.jobs import fleet_moves, moves
from tests.tasks.jobs.flock import LONG_MS, Flock

THEN = Then(task="memory.store", queue="memory", args=("s",))


def kind_of(name: str) -> str:
    """Return what a key is for: `rookery:<kind>:…`."""
    return name.split(":")[1] if name.startswith("rookery:") else name


def test_a_pull_job_is_delivered_when_its_answer_is_stored(flock: Flock):
    host = flock.host()
    job = flock.submit()
    claim = flock.take(host)
    flock.delta(claim, 0, "he")
    assert flock.finish(claim, "hello you")
    view = flock.view(job)
    assert (view.state, view.outcome, view.text) == (JobState.DELIVERED, Outcome.REPLY, "hello you")
    assert (view.usage.completion_tokens, view.answered_by, view.host) == (3, "demo", "anvil")
    assert [mark.state.value for mark in view.marks] == [
        "received", "queued", "claimed", "generating", "done", "delivered",
    ]  # fmt: skip
    assert view.received_ms <= view.first_token_ms <= view.ended_ms


def test_an_answer_without_deltas_has_a_first_token_too(flock: Flock):
    host = flock.host()
    job = flock.submit()
    flock.serve(host)
    assert flock.view(job).first_token_ms >= flock.view(job).received_ms


def test_an_answer_is_finished_once(flock: Flock):
    host = flock.host()
    flock.submit()
    claim = flock.take(host)
    assert [flock.finish(claim, "one"), flock.finish(claim, "two")] == [True, False]
    assert flock.view(claim.job).text == "one"


def test_a_push_job_goes_to_its_bots_outbox(flock: Flock):
    host = flock.host()
    job = flock.submit(bot="heron")
    flock.serve(host)
    assert (flock.state(job), flock.view(job).answered) == ("done", True)
    assert [fields for _, fields in flock.client.xrange("rookery:outbox:heron")] == [{"job": job}]


def test_a_notice_goes_to_the_outbox_too(flock: Flock):
    job = flock.submit(bot="heron")
    flock.past(job, "deadline_ms")
    flock.sweep()
    assert (flock.state(job), flock.view(job).cause) == ("done", Cause.EXPIRED)
    assert flock.client.xlen("rookery:outbox:heron") == 1


# ---------------------------------------------------------------- continuations
@pytest.mark.parametrize("end", ["reply", "notice"])
def test_the_end_of_a_job_rings_the_task_that_goes_on(flock: Flock, end: str):
    host = flock.host()
    job = flock.submit(then=THEN)
    assert flock.bells("memory") == 0
    if end == "reply":
        flock.serve(host)
    else:
        flock.give_back(flock.take(host), "rejected")
    assert (flock.state(job), flock.bells("memory")) == ("done", 1)
    assert flock.view(job).outcome == end


def test_a_continuation_is_rung_again_until_it_says_that_it_has_taken_over(flock: Flock):
    host = flock.host()
    job = flock.submit(then=THEN)
    flock.serve(host)
    assert flock.hear("memory")  # and dies of it
    flock.past(job)
    flock.sweep()
    assert flock.bells("memory") == 1
    assert flock.store.run(moves.deliver(job, None, JobState.DELIVERED)) == "delivered"
    flock.hear("memory")
    flock.past(job)
    flock.sweep()
    assert (flock.bells("memory"), flock.state(job)) == (0, "delivered")
    assert flock.store.run(moves.deliver(job, None, JobState.DELIVERED)) == "lost"


def test_bells_for_a_continuation_do_not_pile_up_while_nobody_hears_them(flock: Flock):
    host = flock.host()
    jobs = [flock.submit(then=THEN) for _ in range(2)]
    for _ in jobs:
        flock.serve(host)
    for _ in range(20):
        for job in jobs:
            flock.past(job)
        flock.sweep()
    assert flock.bells("memory") == 2


def test_nobody_may_say_delivered_without_a_lease_or_a_continuation(flock: Flock):
    host = flock.host()
    push, waiting = flock.submit(bot="heron"), flock.submit(then=THEN)
    assert flock.serve(host) == push
    assert flock.store.run(moves.deliver(push, None, JobState.DELIVERED)) == "lost"
    assert flock.store.run(moves.deliver(waiting, None, JobState.DELIVERED)) == "lost"
    assert flock.store.run(moves.deliver("nobody", None, JobState.DELIVERED)) == "lost"


@pytest.mark.parametrize("way", [{"bot": "heron"}, {"then": THEN}])
def test_an_outcome_that_nobody_comes_for_ends_undeliverable_when_its_record_would(flock: Flock, way: dict):
    host = flock.host()
    job = flock.submit(**way)
    flock.serve(host)
    flock.past(job, "done_ms")
    flock.sweep()
    view = flock.view(job)
    assert (view.state, view.marks[-1].why) == (JobState.UNDELIVERABLE, "nobody came for it")
    assert flock.client.zcard("rookery:live") == 0
    assert flock.client.xlen("rookery:outbox:heron") == 0


# ---------------------------------------------------------------- taking back
def received(flock: Flock) -> str:
    flock.submit(session="s")
    return flock.submit(session="s")


def recalling(flock: Flock) -> str:
    return flock.submit(recall=True)


def queued(flock: Flock) -> str:
    return flock.submit()


def claimed(flock: Flock) -> str:
    flock.submit()
    return flock.take(flock.host()).job


def generating(flock: Flock) -> str:
    flock.submit()
    claim = flock.take(flock.host())
    flock.delta(claim, 0, "so far")
    return claim.job


def done(flock: Flock) -> str:
    flock.submit(bot="heron")
    return flock.serve(flock.host())


def delivering(flock: Flock) -> str:
    job = done(flock)
    assert flock.store.run(moves.begin_delivery(job, "heron", 1, "0-1", lease_ms=9_000, grace_ms=0))
    return job


def delivered(flock: Flock) -> str:
    flock.submit()
    return flock.serve(flock.host())


STAGES = [received, recalling, queued, claimed, generating, done, delivering, delivered]


@pytest.mark.parametrize("stage", STAGES)
def test_a_job_can_be_taken_back_until_it_is_being_sent(flock: Flock, stage: Callable[[Flock], str]):
    job = stage(flock)
    assert flock.state(job) == stage.__name__
    fence = flock.view(job).fence
    after = flock.withdraw(job)
    if stage in (delivering, delivered):
        assert (after, flock.view(job).fence) == (JobState(stage.__name__), fence)
        return
    view = flock.view(job)
    assert (after, view.state) == (JobState.WITHDRAWN, JobState.WITHDRAWN)
    assert view.fence > fence
    assert view.marks[-1].who == "ada"
    assert flock.client.zscore("rookery:live", job) is None
    assert flock.client.xlen("rookery:outbox:heron") == 0
    assert not {
        name
        for name, (_, value, _) in flock.dump().items()
        if kind_of(name) in ("fifo", "waiting", "recalling", "wishing", "claims", "lane", "user") and job in value
    }


def test_taking_back_twice_changes_nothing_more(flock: Flock):
    job = flock.submit()
    flock.withdraw(job)
    before = flock.view(job)
    assert flock.withdraw(job) is JobState.WITHDRAWN
    assert flock.view(job) == before


def test_what_never_was_cannot_be_taken_back(flock: Flock):
    with pytest.raises(UnknownJob, match="there is no job 'nobody'"):
        flock.withdraw("nobody")


# ---------------------------------------------------------------- edits
@pytest.mark.parametrize("stage", STAGES)
def test_an_edit_reaches_a_job_that_nobody_has_claimed(flock: Flock, stage: Callable[[Flock], str]):
    job = stage(flock)
    replaced = flock.store.run(moves.edit(flock.request("edited", job=job)))
    kept = flock.client.hgetall(flock.store.key("text", job))
    assert replaced is (stage in (received, recalling, queued))
    assert kept.get("edited") == ("edited" if replaced else None)


def test_an_edited_text_is_what_worker_memory_and_bot_get(flock: Flock):
    host = flock.host()
    job = flock.submit("teh", recall=True, bot="heron")
    flock.store.run(moves.edit(flock.request("the", job=job)))
    taken = flock.store.run(moves.take_recall())
    assert taken is not None
    assert taken[2].text == "the"
    flock.store.run(moves.recalled(job, taken[1], ""))
    claim = flock.take(host)
    assert claim.request.text == "the"
    flock.finish(claim)
    delivery = flock.store.run(moves.begin_delivery(job, "heron", 1, "0-1", lease_ms=9_000, grace_ms=0))
    assert delivery is not None
    assert delivery.request.text == "the"
    assert flock.window("session1") == ["the", "hi"]


def test_an_edit_changes_no_setting_of_a_job(flock: Flock):
    host = flock.host()
    job = flock.submit("teh", pin="anvil", private=True, adapter="")
    flock.store.run(moves.edit(flock.request("the", job=job, pin="bellows", private=False, adapter="pirate")))
    request = flock.take(host).request
    assert (request.pin, request.private, request.adapter) == ("anvil", True, "")


def test_what_never_was_cannot_be_edited(flock: Flock):
    with pytest.raises(UnknownJob):
        flock.store.run(moves.edit(flock.request(job="nobody")))


def test_who_waited_in_vain_for_a_model_that_would_not_load_is_told_so_and_which(flock: Flock):
    host = flock.host("anvil", "other")
    flock.store.run(fleet_moves.claim_load(host.name, host.fence, "big", ttl_ms=LONG_MS))
    flock.store.run(fleet_moves.load_done(host.name, host.fence, "big", ok=False, load_s=2.0, slots=4))
    job = flock.submit(model="big")
    flock.past(job, "deadline_ms")
    flock.sweep()
    view = flock.view(job)
    assert view.cause is Cause.NOT_LOADED
    assert view.text.startswith("My model big would not load")


def gives_up(flock: Flock, name: str, reason: str = "", *, rests: bool = True) -> None:
    """Have a host try to load `big`, fail, and say whether that was its last try, after which it rests."""
    fence, _ = flock.store.run(fleet_moves.host_join(name, f"machine of {name}", LONG_MS))
    flock.store.run(fleet_moves.may_hold(name, fence, ["big"]))
    flock.store.run(fleet_moves.claim_load(name, fence, "big", ttl_ms=LONG_MS))
    flock.store.run(fleet_moves.load_done(name, fence, "big", ok=False))
    flock.store.run(fleet_moves.may_hold(name, fence, [] if reason and rests else ["big"]))
    again_in_s = 600 if rests else 0
    failure = {"slug": "big", "ago_s": 1, "gave_up": bool(reason), "reason": reason, "again_in_s": again_in_s}
    about = json.dumps({"models": [], "memory": {"failures": [failure]}})
    flock.store.run(fleet_moves.host_beat(name, fence, LONG_MS, about, {}))


def test_who_waits_for_what_every_host_gave_up_loading_is_told_at_once(flock: Flock):
    gives_up(flock, "anvil", "no room")
    job, other = flock.submit(model="big"), flock.submit()
    flock.sweep()
    view = flock.view(job)
    assert (view.cause, view.error) == (Cause.NOT_LOADED, "anvil gave up loading it: no room")
    assert flock.view(other).state is JobState.QUEUED


def test_a_host_that_has_rested_from_a_model_tries_once_more_before_anybody_is_told(flock: Flock):
    gives_up(flock, "anvil", "no room", rests=False)
    job = flock.submit(model="big")
    flock.sweep()
    assert flock.view(job).state is JobState.QUEUED


def test_no_look_tells_more_than_its_share(flock: Flock):
    gives_up(flock, "anvil", "no room")
    jobs = [flock.submit(model="big", user=f"user{number}") for number in range(5)]
    told = flock.store.run(replace(moves.sweep("sweeper", LONG_MS), args=("sweeper", LONG_MS, 2))).told
    assert list(told) == jobs[:2]


def test_as_long_as_one_host_may_still_load_it_people_wait(flock: Flock):
    gives_up(flock, "anvil", "no room")
    gives_up(flock, "bellows")
    job = flock.submit(model="big")
    flock.sweep()
    assert flock.view(job).state is JobState.QUEUED


def test_who_may_go_on_to_a_fallback_is_told_nothing_yet(flock: Flock):
    gives_up(flock, "anvil", "no room")
    job = flock.submit(model="big", fallback=("small",))
    flock.sweep()
    assert flock.view(job).state is JobState.QUEUED


def test_once_it_has_loaded_who_comes_too_late_is_told_that(flock: Flock):
    host = flock.host("anvil", "other")
    for ok in (False, True):
        flock.store.run(fleet_moves.claim_load(host.name, host.fence, "big", ttl_ms=LONG_MS))
        flock.store.run(fleet_moves.load_done(host.name, host.fence, "big", ok=ok, load_s=2.0, slots=4))
    job = flock.submit(model="big")
    flock.past(job, "deadline_ms")
    flock.sweep()
    assert flock.view(job).cause is Cause.EXPIRED
