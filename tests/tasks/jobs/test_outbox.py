from __future__ import annotations

import asyncio

import pytest

from tasks.contracts.errors import StoreUnavailable
from tasks.contracts.jobs import NOTICES, Cause, JobState, Outcome
from tasks.jobs.outbox import GRACE_MS
from tests.tasks.jobs.bots import STREAM, answered, bot, left, play, take
from tests.tasks.jobs.flock import Flock


def test_replies_come_in_order_and_are_gone_when_delivered(flock: Flock):
    jobs = answered(flock, 3, reply_to={"channel": "7"})

    async def scene() -> None:
        async with bot(flock) as outbox:
            for entry, delivery in await take(outbox, 3):
                assert delivery.job == jobs.pop(0)
                assert (delivery.view.text, delivery.request.reply_to) == ("hi", {"channel": "7"})
                assert delivery.sent == {}
                assert flock.state(delivery.job) == "delivering"
                assert await outbox.delivered(entry, delivery) == "delivered"
                assert flock.state(delivery.job) == "delivered"

    play(scene)
    assert jobs == []
    assert left(flock) == (0, 0)


def test_a_reply_that_comes_while_the_bot_waits_is_handed_out(flock: Flock):
    async def scene() -> None:
        async with bot(flock) as outbox:
            waiting = asyncio.create_task(take(outbox))
            (job,) = await asyncio.to_thread(answered, flock)
            ((_, delivery),) = await waiting
            assert delivery.job == job

    play(scene)


def test_a_notice_is_delivered_like_a_reply(flock: Flock):
    flock.submit(bot="heron")
    flock.give_back(flock.take(flock.host()), "rejected")

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((entry, delivery),) = await take(outbox)
            assert delivery.view.outcome is Outcome.NOTICE
            assert delivery.view.text == NOTICES[Cause.REJECTED]
            await outbox.delivered(entry, delivery)

    play(scene)
    assert left(flock) == (0, 0)


def test_what_the_platform_will_never_take_ends_with_its_reason(flock: Flock):
    (job,) = answered(flock)

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((entry, delivery),) = await take(outbox)
            assert await outbox.undeliverable(entry, delivery, "403: the channel is gone") == "undeliverable"

    play(scene)
    view = flock.view(job)
    assert (view.state, view.marks[-1].why) == (JobState.UNDELIVERABLE, "403: the channel is gone")
    assert left(flock) == (0, 0)


def test_a_reply_that_is_too_late_becomes_a_notice(flock: Flock):
    late, good = answered(flock, 2)
    flock.client.hset(flock.store.key("job", late), "deadline_ms", 1)

    async def scene() -> None:
        async with bot(flock) as outbox:
            views = {delivery.job: delivery.view for _, delivery in await take(outbox, 2)}
            assert (views[late].outcome, views[late].cause) == (Outcome.NOTICE, Cause.EXPIRED)
            assert views[late].text == NOTICES[Cause.EXPIRED]
            assert views[good].text == "hi"

    play(scene)


def test_a_reply_within_its_grace_is_still_a_reply(flock: Flock):
    (job,) = answered(flock)
    flock.client.hset(flock.store.key("job", job), "deadline_ms", flock.store.client.time()[0] * 1000)
    assert GRACE_MS >= 1_000

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((_, delivery),) = await take(outbox)
            assert delivery.view.outcome is Outcome.REPLY

    play(scene)


def test_a_reply_that_was_taken_back_is_not_handed_out(flock: Flock):
    taken_back, good = answered(flock, 2)
    flock.withdraw(taken_back)

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((entry, delivery),) = await take(outbox)
            assert delivery.job == good
            await outbox.delivered(entry, delivery)

    play(scene)
    assert left(flock) == (0, 0)


def test_an_entry_whose_job_is_long_gone_is_removed(flock: Flock):
    flock.client.xadd(STREAM, {"job": "forgotten"})
    (good,) = answered(flock)

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((entry, delivery),) = await take(outbox)
            assert delivery.job == good
            await outbox.delivered(entry, delivery)

    play(scene)
    assert left(flock) == (0, 0)


def test_a_redis_that_forgot_everything_is_told_and_opening_again_goes_on(flock: Flock):
    async def scene() -> None:
        async with bot(flock) as outbox:
            flock.client.flushall()
            with pytest.raises(StoreUnavailable, match="forgotten the outbox of the bot 'heron'"):
                await take(outbox)
            await outbox.open()
            (job,) = answered(flock)
            ((entry, delivery),) = await take(outbox)
            assert delivery.job == job
            await outbox.delivered(entry, delivery)

    play(scene)
    assert left(flock) == (0, 0)


def test_bots_do_not_see_each_others_replies(flock: Flock):
    answered(flock)
    flock.submit(bot="owl")
    flock.serve(flock.host())

    async def scene() -> None:
        async with bot(flock, "owl") as outbox:
            ((_, delivery),) = await take(outbox)
            assert delivery.job == "job2"

    play(scene)
    assert flock.client.xlen(STREAM) == 1
