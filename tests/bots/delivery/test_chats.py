from __future__ import annotations

from bots.delivery.chats import Chat, Chats

EVERY_S = 2.0


def test_all_messages_of_a_chat_share_its_edits():
    chat = Chat()
    assert [chat.slot(10.0, EVERY_S) for _ in range(3)] == [10.0, 12.0, 14.0]


def test_a_chat_that_was_quiet_has_a_turn_at_once():
    chat = Chat()
    chat.slot(10.0, EVERY_S)
    assert chat.slot(100.0, EVERY_S) == 100.0


def test_what_did_not_wait_for_its_turn_is_counted_all_the_same():
    chat = Chat()
    chat.spent(10.0, EVERY_S)
    assert chat.slot(10.5, EVERY_S) == 12.0


def test_a_chat_is_held_for_as_long_as_the_platform_says():
    chat = Chat()
    chat.hold(30.0)
    chat.hold(20.0)
    assert chat.held_s(25.0) == 5.0
    assert chat.held_s(31.0) == 0.0


def test_typing_is_shown_once_for_all_who_wait_in_a_topic():
    chat = Chat()
    assert chat.types("a", 0.0, 8.0)
    assert not chat.types("a", 7.9, 8.0)
    assert chat.types("b", 7.9, 8.0)
    assert chat.types("a", 8.0, 8.0)


def test_nothing_is_shown_while_a_chat_is_held():
    chat = Chat()
    chat.hold(5.0)
    assert not chat.types("", 1.0, 8.0)
    assert chat.types("", 5.0, 8.0)


def test_a_chat_is_forgotten_when_nobody_needs_it_and_its_budget_is_whole():
    chats = Chats()
    chat = chats.enter("c")
    chat.slot(10.0, EVERY_S)
    chats.tidy(100.0)
    assert len(chats) == 1
    chat.letters -= 1
    chats.tidy(11.0)
    assert len(chats) == 1
    chats.tidy(12.0)
    assert not len(chats)
