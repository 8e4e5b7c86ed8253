"""`rookery ask --panel`, as the person at the terminal has it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.discussing import waiting
from tasks.contracts.errors import BadInput
from tasks.contracts.jobs import Cause
from tasks.jobs import moves
from tests.bots.conftest import Hand
from tests.command import Command

PERSONAS = "".join(
    f'[[persona]]\nname = "{name}"\nmodel = "demo"\nprompt = "{name}"\n' for name in ("Ada", "Bob", "Cy")
)


@pytest.fixture
def command(tmp_path: Path, redis_url: str) -> Iterator[Command]:
    made = Command(tmp_path)
    made.settings(f'[redis]\nurl = "{redis_url}"\n{PERSONAS}')
    yield made
    made.end()


@pytest.fixture
def answering(hand: Hand) -> Iterator[Callable[..., None]]:
    """Call it with who is to fail, for a host that answers everybody else and then the chair."""
    threads: list[threading.Thread] = []

    def act(failing: tuple[str, ...]) -> None:
        for _ in range(3):
            claim = hand.claim()
            if claim.request.persona in failing:
                hand.store.run(moves.give_back(claim.job, claim.fence, Cause.REJECTED.value, "no"))
            else:
                hand.finish(claim, f"{claim.request.persona} says so.")
        if len(failing) < 2:
            hand.answer("All say so.")

    def start(*failing: str) -> None:
        threads.append(threading.Thread(target=act, args=(failing,)))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


def test_the_answer_is_on_standard_output_and_who_said_what_beside_it(command: Command, answering: Any) -> None:
    answering("Bob")
    ended = command.invoke("ask", "Why?", "--panel", "Ada, Bob,Cy")
    assert (ended.code, ended.out) == (0, "All say so.\n")
    assert "Ada has answered" in ended.errors
    assert "Bob: My model would not take that message." in ended.errors
    assert "made of what Ada, Cy said · demo model" in ended.errors


def test_programs_are_told_all_of_it(command: Command, answering: Any) -> None:
    answering()
    ended = command.invoke("ask", "Why?", "--panel", "Ada,Bob,Cy", "--json")
    told = json.loads(ended.out)
    assert (told["text"], told["merged"]) == ("All say so.", True)
    assert [(voice["member"], voice["text"]) for voice in told["voices"]] == [
        (name, f"{name} says so.") for name in ("Ada", "Bob", "Cy")
    ]


def test_one_answer_alone_is_told_as_such(command: Command, answering: Any) -> None:
    answering("Ada", "Cy")
    ended = command.invoke("ask", "Why?", "--panel", "Ada,Bob,Cy")
    assert (ended.code, ended.out) == (0, "Bob says so.\n")
    assert "what Bob said" in ended.errors


def test_a_notice_exits_with_one(command: Command, answering: Any) -> None:
    answering("Ada", "Bob", "Cy")
    ended = command.invoke("ask", "Why?", "--panel", "Ada,Bob,Cy")
    assert (ended.code, ended.out) == (1, "")


def test_a_panel_of_one_is_none(command: Command) -> None:
    with pytest.raises(BadInput, match="2 to 8"):
        command.invoke("ask", "Why?", "--panel", "Ada")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (["Ada", "Bob", "Cy"], "waiting for Ada, Bob and Cy"),
        (["Ada", "Bob"], "waiting for Ada and Bob"),
        (["Ada"], "waiting for Ada"),
        ([], "bringing it together"),
    ],
)
def test_it_is_said_who_is_waited_for(left: list[str], words: str) -> None:
    assert waiting(left) == words
