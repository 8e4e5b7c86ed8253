from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from bots.listening import groups
from tests.bots.listening import chats
from tests.bots.listening.chats import Chat, said

CHATS = chats.every()
TWO_THREADS = [chat for chat in CHATS if len(set(chat.threads)) == 2]
WANTED_SHARE = 0.9
HARDEST_SHARE = 0.8  # of any single one: a lobby where nobody names anybody


def rightly_placed(chat: Chat) -> int:
    """Return how many messages are in the group that stands for their thread, under the best reading of the groups."""
    group_of = {heard.message: at for at, group in enumerate(groups.detect(chat.messages)) for heard in group.messages}
    placed = Counter(
        (thread, group_of[heard.message]) for heard, thread in zip(chat.messages, chat.threads, strict=True)
    )
    names, found = sorted(set(chat.threads)), [*set(group_of.values()), *[-1] * len(set(chat.threads))]
    return max(
        sum(placed[pair] for pair in zip(names, order, strict=True)) for order in permutations(found, len(names))
    )


def test_nine_of_ten_messages_of_interleaved_threads_are_told_apart() -> None:
    right = sum(rightly_placed(chat) for chat in TWO_THREADS)
    assert right >= WANTED_SHARE * sum(len(chat.messages) for chat in TWO_THREADS)


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.name)
def test_most_messages_of_each_chat_are_where_they_belong(chat: Chat) -> None:
    assert rightly_placed(chat) >= HARDEST_SHARE * len(chat.messages)


def test_a_talk_about_one_thing_stays_one() -> None:
    lively = next(chat for chat in CHATS if chat.name == "english_lively_one_thread")
    assert [len(group.messages) for group in groups.detect(lively.messages)] == [len(lively.messages)]


def test_a_reply_belongs_to_what_it_replies_to_however_late() -> None:
    first = said("the garden fence is broken", "ann", message="1")
    other = said("anybody for chess tonight", "bob", message="2", at_ms=1000)
    late = said("hm", "cat", message="3", at_ms=7_200_000, replied_to="1")
    assert [len(group.messages) for group in groups.detect([first, other, late])] == [2, 1]


def test_a_group_knows_who_takes_part() -> None:
    found = groups.detect([said("fence", "ann", message="1"), said("ann: which fence", "bob", message="2")])
    assert [group.participants for group in found] == [("ann", "bob")]


def test_of_nothing_there_are_no_groups() -> None:
    assert groups.detect([]) == ()
