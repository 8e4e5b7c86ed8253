"""Notices in the ledger: kept until they were told, the same seldom, not too many."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.contracts import names
from tasks.contracts.notices import Notice
from tasks.contracts.queues import UPKEEP
from tasks.jobs import notices
from tasks.jobs.notices import MOST_AN_HOUR, Kept, Taken, notify
from tests.tasks.jobs.bots import answered, bot, left, play, take
from tests.tasks.jobs.flock import LONG_MS, Flock

A_DAY_S = 24 * 3600


def notice(about: str = "host:a", **fields: Any) -> Notice:
    return Notice(**{"about": about, "title": "Host a is gone", "words": "Start it.", **fields})


def taken(flock: Flock, notice_id: str = "") -> Taken:
    found = flock.store.run(notices.take(notice_id, LONG_MS))
    assert found is not None
    return found


def due_again(flock: Flock, notice_id: str) -> None:
    flock.client.zadd(flock.store.key("notices"), {notice_id: 1})


def test_a_notice_is_kept_and_rings_with_its_id_alone(flock: Flock) -> None:
    assert notify(flock.store, notice(), notice_id="one") is Kept.DUE
    bell = json.loads(flock.client.rpop(UPKEEP))
    assert bell["headers"]["task"] == names.NOTIFY
    assert json.loads(bell["body"])[0] == ["one"]
    assert taken(flock, "one").notice == notice()


def test_handing_in_again_is_the_same_notice(flock: Flock) -> None:
    assert notify(flock.store, notice(), notice_id="one") is Kept.DUE
    assert notify(flock.store, notice("host:b"), notice_id="one") is Kept.KNOWN
    assert flock.client.llen(UPKEEP) == 1


def test_of_one_thing_little_is_told_in_a_short_time(flock: Flock) -> None:
    assert notify(flock.store, notice()) is Kept.DUE
    assert notify(flock.store, notice()) is Kept.REPEATED
    assert notify(flock.store, notice("host:b")) is Kept.DUE
    assert notify(flock.store, notice(), quiet_s=0) is Kept.DUE
    [quiet] = [name for name in flock.names() if name.startswith("rookery:noticed:") and flock.client.pttl(name) > 0][
        :1
    ]
    assert flock.client.pttl(quiet) <= notices.QUIET_S * 1000


def test_a_hundred_things_at_once_are_told_up_to_a_bound_and_then_counted(flock: Flock) -> None:
    became = [notify(flock.store, notice(f"host:{number}")) for number in range(100)]
    assert became.count(Kept.DUE) == MOST_AN_HOUR
    assert became.count(Kept.MANY) == 100 - MOST_AN_HOUR
    assert notify(flock.store, notice("redis", level="error"), notice_id="grave") is Kept.DUE
    assert taken(flock, "grave").held == 100 - MOST_AN_HOUR
    flock.client.delete(flock.store.key("notices", "hour"))
    assert notify(flock.store, notice("later"), notice_id="later") is Kept.DUE
    assert taken(flock, "later").held == 0


def test_who_takes_a_notice_keeps_others_from_it_for_a_while(flock: Flock) -> None:
    notify(flock.store, notice(), notice_id="one")
    assert taken(flock).tries == 1
    assert flock.store.run(notices.take("one")) is None
    assert flock.store.run(notices.take()) is None
    due_again(flock, "one")
    assert taken(flock).tries == 2


def test_the_one_that_is_due_for_longest_is_taken_first(flock: Flock) -> None:
    for number, name in enumerate(("new", "old")):
        notify(flock.store, notice(f"host:{number}"), notice_id=name)
        flock.client.zadd(flock.store.key("notices"), {name: 10 - number})
    assert [taken(flock).id, taken(flock).id] == ["old", "new"]


def test_who_has_it_is_noted_until_nobody_is_left(flock: Flock) -> None:
    notify(flock.store, notice(), notice_id="one")
    assert flock.store.run(notices.told(taken(flock), ("log", "discord:7"), 0))
    again = taken(flock)
    assert again.told == {"log", "discord:7"}
    assert flock.store.run(notices.told(again, ("ntfy",), None))
    assert flock.store.run(notices.take("one")) is None
    assert flock.client.zcard(flock.store.key("notices")) == 0
    assert 0 < flock.client.ttl(flock.store.key("notice", "one")) <= A_DAY_S


def test_a_notice_that_is_gone_leaves_nothing_behind(flock: Flock) -> None:
    notify(flock.store, notice(), notice_id="one")
    found = taken(flock)
    flock.client.delete(flock.store.key("notice", "one"))
    assert not flock.store.run(notices.told(found, ("log",), None))
    due_again(flock, "one")
    assert flock.store.run(notices.take()) is None
    assert flock.client.zcard(flock.store.key("notices")) == 0


def test_what_a_bot_says_unasked_is_delivered_as_an_answer_is(flock: Flock) -> None:
    said = notices.say("heron", "7", "**Host a is gone**", job="notice-one", deadline_s=3600)
    assert flock.store.run(said)
    assert not flock.store.run(said)  # the same again is nothing

    async def scene() -> None:
        async with bot(flock) as outbox:
            [(entry, delivery)] = await take(outbox)
            assert (delivery.view.text, delivery.request.reply_to) == ("**Host a is gone**", {"chat": "7"})
            assert delivery.view.flags == ("unasked",)
            await outbox.sent(delivery, "0", "m1")
            await outbox.delivered(entry, delivery)

    play(scene)
    assert flock.state("notice-one") == "delivered"
    assert not {"lane", "user", "pushed", "live"} & {name.split(":")[1] for name in flock.names()}


def test_what_a_bot_was_to_say_long_ago_it_does_not_say(flock: Flock) -> None:
    flock.store.run(notices.say("heron", "7", "**Host a is gone**", job="notice-one", deadline_s=3600))
    flock.client.hset(flock.store.key("job", "notice-one"), "deadline_ms", 1)
    (asked,) = answered(flock)

    async def scene() -> None:
        async with bot(flock) as outbox:
            [(_, delivery)] = await take(outbox)
            assert delivery.job == asked

    play(scene)
    assert flock.state("notice-one") == "undeliverable"
    assert flock.client.zrange("rookery:live", 0, -1) == [asked]
    assert left(flock) == (1, 1)


@pytest.mark.parametrize("title", ["", "x" * 121])
def test_a_notice_has_a_title_that_fits_on_a_phone(title: str) -> None:
    with pytest.raises(ValueError, match="title"):
        notice(title=title)
