from __future__ import annotations

import pytest

from bots import commands, wishes
from tasks.contracts.errors import BadInput
from tasks.contracts.fleet import parse
from tasks.contracts.wishes import Wish

FLEET = parse({"persona": [{"name": "Ada", "model": "demo", "memory": True}, {"name": "Bob", "model": "demo"}]}, "t")
ADA, BOB = FLEET.personas


@pytest.mark.parametrize(
    ("command", "args", "wish"),
    [
        ("remember", "  I like tea. ", Wish(kind="remember", about="I like tea.")),
        ("memory", "", Wish(kind="list")),
        ("memory", "List", Wish(kind="list")),
        ("memory", "tea and cake", Wish(kind="list", about="tea and cake")),
        ("memory", "after 17-m3", Wish(kind="list", after="17-m3")),
        ("memory", "after the war", Wish(kind="list", about="after the war")),
        ("memory", "after", Wish(kind="list", about="after")),
        ("forget", "my address", Wish(kind="forget", about="my address")),
        ("forget", "EVERYTHING", Wish(kind="forget")),
        ("forget", "all", Wish(kind="forget")),
        ("forget", "all my cats", Wish(kind="forget", about="all my cats")),
        ("export", "please", Wish(kind="export")),
    ],
)
def test_a_command_is_a_wish(command: str, args: str, wish: Wish) -> None:
    assert wishes.wish_of(command, args) == wish
    assert wishes.is_everything(wish) is (command == "forget" and wish.about == "")


@pytest.mark.parametrize("args", ["", "   ", "\u200b\u202e", "\x00\x07"])
def test_what_cannot_be_read_is_never_everything(args: str) -> None:
    for command, words in (("forget", wishes.WHAT_TO_FORGET), ("remember", wishes.WHAT_TO_REMEMBER)):
        with pytest.raises(BadInput) as refused:
            wishes.wish_of(command, args)
        assert refused.value.notice == words


@pytest.mark.parametrize("command", commands.WISHES)
def test_a_book_is_no_memory(command: str) -> None:
    with pytest.raises(BadInput) as refused:
        wishes.wish_of(command, "x" * (wishes.MOST_ABOUT_CHARS + 1))
    assert refused.value.notice == wishes.TOO_LONG


def test_who_remembers_is_the_first_who_does_at_all() -> None:
    assert wishes.keeper(FLEET, None, BOB, ADA) == ADA
    with pytest.raises(BadInput) as refused:
        wishes.keeper(FLEET, BOB, None)
    assert refused.value.notice == wishes.FORGETFUL
