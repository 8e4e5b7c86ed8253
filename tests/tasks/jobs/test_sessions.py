"""A chat may begin anew, as often as it wants."""

from __future__ import annotations

from tasks.contracts.messages import MAX_ID_CHARS
from tasks.jobs.sessions import FIRST, chat_of, epoch, named, reset
from tests.tasks.jobs.flock import Flock

CHAT = "discord:rook:42"


def test_a_chat_is_in_its_first_conversation_until_it_is_begun_anew(flock: Flock):
    assert flock.store.run(epoch(CHAT)) == FIRST
    begun = flock.store.run(reset(CHAT))
    assert flock.store.run(epoch(CHAT)) == begun != FIRST
    assert flock.store.run(epoch("discord:rook:43")) == FIRST


def test_two_that_begin_within_a_second_are_two_conversations(flock: Flock):
    first, second = flock.store.run(reset(CHAT)), flock.store.run(reset(CHAT))
    assert second > first


def test_a_redis_that_forgot_everything_does_not_lead_back_into_an_old_conversation(flock: Flock):
    before = flock.store.run(reset(CHAT))
    flock.client.hset("rookery:epochs", CHAT, before - 100)  # begun a while ago
    flock.client.flushall()
    assert flock.store.run(reset(CHAT)) > before - 100


def test_what_was_said_before_is_in_no_later_prompt(flock: Flock):
    host = flock.host()
    flock.submit("a secret", session=named(CHAT, flock.store.run(epoch(CHAT))))
    flock.serve(host)
    begun = flock.store.run(reset(CHAT))
    flock.submit("what did I say?", session=named(CHAT, begun))
    assert flock.take(host).window == ()


def test_an_answer_that_was_on_its_way_stays_in_the_conversation_that_it_was_asked_in(flock: Flock):
    host = flock.host()
    flock.submit("old", session=named(CHAT, FIRST))
    claim = flock.take(host)
    begun = flock.store.run(reset(CHAT))
    flock.finish(claim)
    assert flock.window(CHAT) == ["old", "hi"]
    assert flock.window(named(CHAT, begun)) == []


def test_a_name_leads_back_to_its_chat_and_is_never_too_long():
    assert chat_of(named(CHAT, FIRST)) == chat_of(named(CHAT, 1_700_000_000)) == CHAT
    long = "x" * MAX_ID_CHARS
    assert len(named(long, 1)) <= MAX_ID_CHARS
    assert named(long, 1) != named(long, 2)


def test_a_new_conversation_is_told_to_the_archive(flock: Flock):
    begun = flock.store.run(reset(CHAT))
    [(_, fields)] = flock.client.xrange("rookery:archive")
    assert fields == {"kind": "reset", "session": CHAT, "epoch": str(begun)}
