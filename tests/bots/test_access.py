from __future__ import annotations

from typing import Any

import pytest

from bots import access
from bots.access import Rules
from bots.platform import Heard, Place
from tasks.contracts.platforms import Discord, Telegram


def heard(chat: str = "10", **fields: Any) -> Heard:
    said = {"platform": "discord", "bot": "rook", "place": Place(chat), "message": "1", "user": "7", "author": "Ann"}
    return Heard(**{**said, "text": "hello", "at_ms": 0, **fields})


def rules(**lists: Any) -> Rules:
    return Rules(**{name: frozenset(value) if isinstance(value, list) else value for name, value in lists.items()})


@pytest.mark.parametrize(
    ("said", "table", "why"),
    [
        ({}, {}, ""),
        ({"user": ""}, {}, access.NAMELESS),
        ({}, {"users": ["7"]}, ""),
        ({}, {"users": ["8"]}, access.STRANGER),
        ({"author": "8"}, {"users": ["8"]}, access.STRANGER),  # names are never numbers
        ({"roles": frozenset({"3"})}, {"users": ["8"], "roles": ["3"]}, ""),
        ({"roles": frozenset({"4"})}, {"roles": ["3"]}, access.STRANGER),
        ({}, {"channels": ["10"]}, ""),
        ({}, {"channels": ["11"]}, access.NOT_HERE),
        ({"parent": "11"}, {"channels": ["11"]}, ""),  # a thread has its channel's rules
        ({"parent": "12"}, {"channels": ["11"]}, access.NOT_HERE),
        ({"guild": "5"}, {"guilds": ["5"]}, ""),
        ({"guild": "6"}, {"guilds": ["5"]}, access.NOT_HERE),
        ({}, {"guilds": ["5"]}, access.NOT_HERE),
        ({"user": "9"}, {"users": ["7"], "admins": ["9"], "channels": ["11"]}, ""),
    ],
)
def test_who_may_speak_where(said: dict[str, Any], table: dict[str, Any], why: str) -> None:
    assert access.refusal(heard(**said), rules(**table)) == why


@pytest.mark.parametrize("number", ["7", "10", "20", "30", "40"])
def test_who_is_blocked_is_not_heard_whatever_else_is_said(number: str) -> None:
    said = heard(parent="20", guild="30", roles=frozenset({"40"}))
    assert access.refusal(said, rules(blocked=[number], users=["7"], admins=["7"], channels=["10"])) == access.BLOCKED


def test_a_blocked_admin_is_none() -> None:
    assert access.is_admin("7", rules(admins=["7"]))
    assert not access.is_admin("7", rules(admins=["7"], blocked=["7"]))
    assert not access.is_admin("", rules(admins=[""]))


def test_direct_messages_are_for_everybody_until_places_are_listed() -> None:
    said = heard(direct=True)
    assert not access.refusal(said, rules())
    assert access.refusal(said, rules(direct=False)) == access.NOT_DIRECT
    assert access.refusal(said, rules(guilds=["5"])) == access.NOT_DIRECT
    assert not access.refusal(said, rules(guilds=["5"], users=["7"]))
    assert access.refusal(said, rules(roles=["3"])) == access.STRANGER, "nobody has a role in a direct message"


def test_other_bots_are_heard_when_they_are_listed_and_only_then() -> None:
    said = heard(from_bot=True)
    assert access.refusal(said, rules(users=["7"])) == access.ANOTHER_BOT
    assert not access.refusal(said, rules(bots=["7"], users=["8"]))
    assert access.refusal(said, rules(bots=["7"], channels=["11"])) == access.NOT_HERE


def test_rules_are_read_from_the_tables_of_the_platforms() -> None:
    discord = Rules.of(Discord(users=("1",), roles=("2",), bots=("3",), direct=False))
    assert discord == rules(users=["1"], roles=["2"], bots=["3"], direct=False)
    assert Rules.of(Telegram(chats=("-100",), admins=("4",))) == rules(channels=["-100"], admins=["4"])
