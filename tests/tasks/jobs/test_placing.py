"""What people see of a job before it is over: kept over every crash, handed to whoever goes on, and tidied up."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

import pytest

from tasks.contracts.errors import AlreadyRunning
from tasks.contracts.jobs import HELD, Cause, JobState, Outcome
from tasks.jobs import placing
from tasks.jobs.outbox import Outbox
from tasks.jobs.placing import Placed
from tasks.jobs.values import Delivery
from tests.tasks.jobs.bots import bot, play, take
from tests.tasks.jobs.flock import Flock

BOT = "heron"


def place(flock: Flock, job: str, chunk: str = "0", message: str = "m1", generation: int = 1, name: str = BOT) -> bool:
    return flock.store.run(placing.placed(job, name, generation, chunk, message))


def seen(flock: Flock, job: str) -> Placed:
    found = flock.store.run(placing.read_placed(job))
    assert found is not None
    return found


def cared_for(flock: Flock, name: str = BOT) -> list[str]:
    return flock.store.run(placing.live_of(name))


def delivered(check: Callable[[Outbox, str, Delivery], Awaitable[None]], flock: Flock) -> None:
    """Have the bot take its next outcome, and let the test look at it."""

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((entry, delivery),) = await take(outbox)
            await check(outbox, entry, delivery)

    play(scene)


# ---------------------------------------------------------------- who goes on edits what is there


def test_what_was_placed_while_it_waited_is_handed_out_with_the_reply(flock: Flock) -> None:
    job = flock.submit(bot=BOT)
    assert place(flock, job)
    flock.serve(flock.host())
    assert place(flock, job, "1", "m2"), "the outcome stands, and nobody delivers it yet"

    async def check(outbox: Outbox, entry: str, delivery: Delivery) -> None:
        assert delivery.sent == {"0": "m1", "1": "m2"}

    delivered(check, flock)


def test_another_try_by_another_worker_keeps_what_people_see(flock: Flock) -> None:
    anvil, bellows = flock.host("anvil"), flock.host("bellows")
    job = flock.submit(bot=BOT)
    first = flock.take(anvil)
    flock.delta(first, 0, "some words")
    place(flock, job)
    flock.lapse(job)
    assert seen(flock, job).sent == {"0": "m1"}
    assert flock.finish(flock.take(bellows))
    assert seen(flock, job).sent == {"0": "m1"}


def test_a_notice_is_handed_the_placeholder_to_put_itself_in(flock: Flock) -> None:
    job = flock.submit(bot=BOT)
    place(flock, job)
    flock.give_back(flock.take(flock.host()), "rejected")

    async def check(outbox: Outbox, entry: str, delivery: Delivery) -> None:
        assert delivery.view.outcome is Outcome.NOTICE
        assert delivery.sent == {"0": "m1"}

    delivered(check, flock)


def test_a_placeholder_is_no_answer_so_a_reply_that_is_too_late_is_a_notice_all_the_same(flock: Flock) -> None:
    job = flock.submit(bot=BOT)
    place(flock, job)
    flock.serve(flock.host())
    flock.client.hset(flock.store.key("job", job), "deadline_ms", 1)

    async def check(outbox: Outbox, entry: str, delivery: Delivery) -> None:
        assert delivery.view.cause is Cause.EXPIRED

    delivered(check, flock)


def test_what_the_delivery_sent_stands_before_what_was_placed(flock: Flock) -> None:
    job = flock.submit(bot=BOT)
    place(flock, job, "0", "m1"), place(flock, job, "1", "m2")
    flock.serve(flock.host())

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((_, delivery),) = await take(outbox)
            await outbox.sent(delivery, "0", "m3")  # m1 was deleted by somebody
        async with bot(flock) as outbox:
            ((_, again),) = await take(outbox)
            assert again.sent == {"0": "m3", "1": "m2"}

    play(scene)
    assert seen(flock, job).sent == {"0": "m3", "1": "m2"}


def test_saying_it_again_changes_nothing_and_another_id_takes_the_place_of_the_first(flock: Flock) -> None:
    job = flock.submit(bot=BOT)
    assert place(flock, job) is place(flock, job) is True
    assert seen(flock, job).sent == {"0": "m1"}
    place(flock, job, message="m2")
    assert seen(flock, job).sent == {"0": "m2"}


# ---------------------------------------------------------------- who may


def test_a_process_that_was_replaced_is_refused(flock: Flock) -> None:
    job = flock.submit(bot=BOT)

    async def scene() -> None:
        async with bot(flock) as old, bot(flock) as new:
            assert (old.generation, new.generation) == (1, 2)

    play(scene)
    with pytest.raises(AlreadyRunning, match="another process of the bot 'heron'"):
        place(flock, job, generation=1)
    assert seen(flock, job).sent == {}
    assert place(flock, job, generation=2)


def test_nothing_is_placed_for_another_bot_or_for_nobody(flock: Flock) -> None:
    pulled, theirs = flock.submit(), flock.submit(bot="owl")
    assert not place(flock, pulled)
    assert not place(flock, theirs)
    assert not place(flock, "unheard-of")
    assert "rookery:job:unheard-of" not in flock.names()


def test_what_is_placed_after_the_end_is_not_kept(flock: Flock) -> None:
    job = flock.submit(bot=BOT)
    flock.withdraw(job)
    assert not place(flock, job)
    assert seen(flock, job).sent == {}


# ---------------------------------------------------------------- what a bot has to look after


def test_a_bot_finds_its_jobs_again_the_oldest_first_until_each_is_over(flock: Flock) -> None:
    jobs = [flock.submit(bot=BOT) for _ in range(3)]
    flock.submit(), flock.submit(bot="owl")
    for number, job in enumerate(jobs):
        flock.client.zadd("rookery:pushed:heron", {job: 10 - number})
    assert cared_for(flock) == jobs[::-1]
    flock.serve(flock.host())

    async def check(outbox: Outbox, entry: str, delivery: Delivery) -> None:
        assert set(cared_for(flock)) == set(jobs), "an answer that is not out is still to be looked after"
        await outbox.delivered(entry, delivery)

    delivered(check, flock)
    assert len(cared_for(flock)) == 2
    for job in cared_for(flock):
        flock.withdraw(job)
    assert cared_for(flock) == []
    assert len(cared_for(flock, "owl")) == 1
    assert not [name for name in flock.names() if "untidy" in name]


def test_a_job_that_nobody_ever_fetches_leaves_no_trace_in_the_list(flock: Flock) -> None:
    job = flock.submit(bot=BOT)
    flock.serve(flock.host())
    flock.past(job, "done_ms")
    flock.sweep()
    assert flock.state(job) == JobState.UNDELIVERABLE
    assert cared_for(flock) == []


def test_what_a_withdrawn_job_left_behind_is_on_the_list_until_it_is_tidied_up(flock: Flock) -> None:
    job = flock.submit(bot=BOT)
    place(flock, job)
    flock.withdraw(job)  # and the bot is not up
    assert cared_for(flock) == [job]
    left = seen(flock, job)
    assert (left.view.state, left.sent, left.request.bot) == (JobState.WITHDRAWN, {"0": "m1"}, BOT)
    assert flock.store.run(placing.tidied(job, BOT))
    assert not flock.store.run(placing.tidied(job, BOT))
    assert cared_for(flock) == []


def test_a_bot_that_never_comes_back_leaves_no_list_behind(flock: Flock) -> None:
    job = flock.submit(bot=BOT)
    place(flock, job)
    flock.withdraw(job)
    assert 0 < flock.client.ttl("rookery:untidy:heron") <= flock.ways.life_s
    assert flock.client.ttl(f"rookery:job:{job}") <= flock.client.ttl("rookery:untidy:heron")


def test_the_list_holds_no_job_whose_record_is_gone_however_long_it_lives_on(flock: Flock) -> None:
    old, new = flock.submit(bot=BOT), flock.submit(bot=BOT)
    for job in (old, new):
        place(flock, job)
    flock.withdraw(old)
    flock.client.zincrby("rookery:untidy:heron", -flock.ways.life_s * 1000, old)  # so long ago
    flock.withdraw(new)
    assert cared_for(flock) == [new]


def test_a_job_that_nobody_knows_is_nothing_to_go_on_with(flock: Flock) -> None:
    assert flock.store.run(placing.read_placed("unheard-of")) is None
    job = flock.submit(bot=BOT)
    flock.withdraw(job)
    flock.client.delete(f"rookery:text:{job}")  # as an hour after the end
    assert flock.store.run(placing.read_placed(job)) is None


# ---------------------------------------------------------------- a crash after each step


class Died(Exception):
    """A process of the bot is gone."""


def one_process(flock: Flock, job: str, posted: list[str], dies_after: str = "") -> None:
    """Run a process of the bot beside a worker: it posts only what nobody has posted, and dies after a step."""

    def reached(step: str) -> None:
        if step == dies_after:
            raise Died

    async def scene() -> None:
        async with bot(flock) as outbox:
            reached("submit")
            if not seen(flock, job).sent:
                posted.append(f"m{len(posted) + 1}")
                await outbox.store.run(placing.placed(job, BOT, outbox.generation, "0", posted[-1]))
            reached("placed")
            if flock.state(job) == "queued":
                claim = flock.take(flock.host())
                reached("claimed")
                flock.delta(claim, 0, "hi")
                reached("streamed")
                assert flock.finish(claim)
            reached("done")
            ((entry, delivery),) = await take(outbox)
            assert delivery.sent == {"0": "m1"}
            reached("begun")
            await outbox.sent(delivery, "0", delivery.sent["0"])
            reached("sent")
            await outbox.delivered(entry, delivery)

    with contextlib.suppress(Died):
        play(scene)


@pytest.mark.parametrize("dies_after", ["submit", "placed", "claimed", "streamed", "done", "begun", "sent"])
def test_whenever_the_bot_dies_the_next_one_goes_on_with_the_same_message(flock: Flock, dies_after: str) -> None:
    job, posted = flock.submit(bot=BOT), list[str]()
    one_process(flock, job, posted, dies_after)
    assert cared_for(flock) == [job]
    if flock.view(job).state in HELD:
        flock.lapse(job)  # the worker died as well
    one_process(flock, job, posted)
    assert posted == ["m1"], "one message, however often the bot dies"
    assert flock.state(job) == "delivered"
    assert cared_for(flock) == []


def test_a_job_that_is_pulled_pays_nothing_for_what_bots_need(flock: Flock) -> None:
    """A job that is pulled makes as many calls inside the ledger's scripts as if there were no bots."""
    host = flock.host()
    flock.submit(), flock.serve(host)

    def calls(**fields: object) -> int:
        flock.client.config_resetstat()
        flock.submit(**fields)  # type: ignore[arg-type]
        flock.serve(host)
        stats = flock.client.info("commandstats")
        return sum(about["calls"] for name, about in stats.items() if name not in ("cmdstat_evalsha", "cmdstat_info"))

    pulled = calls()
    assert calls(channel="discord:7") == pulled, "a channel that is not bounded costs nothing"
    assert calls(channel="discord:7", max_in_flight_channel=9) == pulled + 3, "looked at, put in, taken out"
