from __future__ import annotations

import asyncio
import json

import pytest

from tasks.contracts.errors import AlreadyRunning
from tasks.contracts.jobs import Outcome
from tasks.jobs.moves import begin_delivery
from tests.tasks.jobs.bots import STREAM, answered, bot, left, play, take
from tests.tasks.jobs.flock import LONG_MS, Flock


def test_what_an_earlier_process_left_unfinished_comes_first(flock: Flock):
    jobs = answered(flock, 2)

    async def scene() -> None:
        async with bot(flock) as outbox:
            await take(outbox, 2)
        (late,) = await asyncio.to_thread(answered, flock)
        async with bot(flock) as outbox:
            taken = await take(outbox, 3)
            assert [delivery.job for _, delivery in taken] == [*jobs, late]
            for entry, delivery in taken:
                assert await outbox.delivered(entry, delivery) == "delivered"

    play(scene)
    assert left(flock) == (0, 0)


def test_a_newer_process_takes_over_at_once_and_the_older_is_refused(flock: Flock):
    (job,) = answered(flock)

    async def scene() -> None:
        async with bot(flock) as old:
            ((entry, held),) = await take(old)
            async with bot(flock) as new:
                ((_, taken),) = await take(new)
                assert taken.job == job
                assert taken.fence > held.fence
                assert await old.sent(held, "0", "m1") is False
                assert await old.delivered(entry, held) == "lost"
                assert await new.sent(taken, "0", "m2")
                assert flock.state(job) == "delivering"
                assert left(flock) == (1, 1)  # where the next process would find it

    play(scene)


def test_an_older_process_gets_nothing_more_and_eats_nothing(flock: Flock):
    async def scene() -> None:
        async with bot(flock) as old, bot(flock) as new:
            (job,) = await asyncio.to_thread(answered, flock)
            with pytest.raises(AlreadyRunning, match="'heron'") as refused:
                await take(old)
            assert refused.value.next_step
            assert flock.state(job) == "done"
            flock.past(job)
            flock.sweep()  # the entry was read by one that may not deliver it
            ((_, delivery),) = await take(new)
            assert delivery.job == job

    play(scene)


def test_chunks_that_arrived_are_remembered_for_the_next_process(flock: Flock):
    answered(flock)

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((_, delivery),) = await take(outbox)
            assert await outbox.sent(delivery, "0", "m1")
            assert await outbox.sent(delivery, "1", "m2")
        async with bot(flock) as outbox:
            ((entry, delivery),) = await take(outbox)
            assert delivery.sent == {"0": "m1", "1": "m2"}
            assert await outbox.sent(delivery, "2", "m3")
            await outbox.delivered(entry, delivery)

    play(scene)
    kept = json.loads(flock.field("job1", "sent") or "{}")  # they can still be edited
    assert kept == {"0": "m1", "1": "m2", "2": "m3"}


def test_a_reply_that_is_half_sent_is_not_turned_into_a_notice(flock: Flock):
    (job,) = answered(flock)

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((_, delivery),) = await take(outbox)
            await outbox.sent(delivery, "0", "m1")
        flock.client.hset(flock.store.key("job", job), "deadline_ms", 1)
        async with bot(flock) as outbox:
            ((_, delivery),) = await take(outbox)
            assert (delivery.view.outcome, delivery.view.text) == (Outcome.REPLY, "hi")

    play(scene)


def test_a_delivery_that_stalls_comes_back_to_the_same_process(flock: Flock):
    (job,) = answered(flock)

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((old_entry, old),) = await take(outbox)
            flock.lapse(job)
            assert (flock.state(job), left(flock)) == ("done", (1, 0))
            ((entry, delivery),) = await take(outbox)
            assert delivery.job == job
            assert await outbox.delivered(old_entry, old) == "lost"
            assert await outbox.delivered(entry, delivery) == "delivered"

    play(scene)
    assert left(flock) == (0, 0)


def test_an_entry_that_was_read_and_forgotten_is_put_there_again(flock: Flock):
    """Read by a process that died before it began, after the next one had looked for what was left."""

    async def scene() -> None:
        async with bot(flock) as outbox:
            (job,) = await asyncio.to_thread(answered, flock)
            await outbox.store.client.xreadgroup("bot", "heron", {STREAM: ">"})
            flock.past(job)
            flock.sweep()
            ((entry, delivery),) = await take(outbox)
            assert delivery.job == job
            await outbox.delivered(entry, delivery)

    play(scene)
    assert left(flock) == (0, 0)


def test_nothing_grows_while_a_bot_is_offline(flock: Flock):
    jobs = answered(flock, 3)
    record = {job: len(flock.field(job, "marks") or "") for job in jobs}
    entries = flock.client.xrange(STREAM)
    for _ in range(30):
        for job in jobs:
            flock.past(job)
        flock.sweep()
    assert flock.client.xrange(STREAM) == entries
    assert {job: len(flock.field(job, "marks") or "") for job in jobs} == record
    assert flock.bells() == 0


def test_nothing_grows_while_deliveries_stall_again_and_again(flock: Flock):
    jobs = answered(flock, 2)

    async def scene() -> None:
        async with bot(flock) as outbox:
            for _ in range(10):
                await take(outbox, 2)
                for job in jobs:
                    flock.past(job, "lease_ms")
                flock.sweep()

    play(scene)
    assert left(flock) == (2, 0)


def test_more_than_one_read_of_leftovers_comes_whole(flock: Flock):
    jobs = answered(flock, 40)

    async def scene() -> None:
        async with bot(flock) as outbox:
            await take(outbox, 40)
        async with bot(flock) as outbox:
            taken = await take(outbox, 40)
            assert [delivery.job for _, delivery in taken] == jobs
            for entry, delivery in taken:
                await outbox.delivered(entry, delivery)

    play(scene)
    assert left(flock) == (0, 0)


def test_one_process_is_handed_an_outcome_once_however_often_it_asks(flock: Flock):
    """A call whose answer got lost is made again; the delivery it began must not begin twice."""
    (job,) = answered(flock)

    async def scene() -> None:
        async with bot(flock) as outbox:
            ((entry, delivery),) = await take(outbox)
            again = begin_delivery(job, "heron", 1, entry, lease_ms=LONG_MS, grace_ms=0)
            assert await outbox.store.run(again) is None
            assert await outbox.delivered(entry, delivery) == "delivered"

    play(scene)
