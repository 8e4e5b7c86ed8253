"""Processes die at every step of a message's way, again and again: on each kind of platform it is answered once."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bots.platform import Proof
from tasks.contracts.jobs import Outcome
from tests.faults.conftest import THREE_HOSTS
from tests.faults.crashes.dying import BETWEEN, BOT_POINTS, WORKER_POINTS, Crashes, most_left_behind
from tests.faults.house import House
from tests.faults.invariants import check, collect
from tests.faults.notebook import NOTEBOOK
from tests.faults.settings import PATIENT_S
from tests.faults.strict_chat import KINDS, StrictChat

pytestmark = [pytest.mark.faults, pytest.mark.slow]
MESSAGES = 400
LEAST_CRASHES = 80  # on the busiest machine; on one that is quiet it is 150
PER_S = 5.0
SESSIONS, USERS = 40, 16
LONG_EVERY = 8  # messages; so often an answer is several messages long
LATE_S = 30.0  # this flock dies more often than any: what counts here is once, not when
LEAST_REPLIES = 0.5  # of all messages: what dies three times with a worker gets a notice
WARM = ("tests.faults.bot", "bots.delivery.postman", "tests.emulators.strict")


def house_of(kind: str, folder: Path, port: int) -> House:
    """Return a flock whose bot talks on a platform of this kind."""
    bot = ("tests.faults.postman_bot", kind)
    return House(folder, port, THREE_HOSTS, ("one", "two", "three"), chat=StrictChat, bot=bot, warm=WARM)


def talk(house: House, count: int) -> list[int]:
    """Say so many things at a steady rate, and return them."""
    messages: list[int] = []
    began_s = time.monotonic()
    for number in range(count):
        text = f"number {number} of many" + (" !slow 0.03" if number % 3 else "")
        if number % LONG_EVERY == 0:
            # Its own words in each of its messages: a platform without nonces is asked for the words.
            text = f"number {number} !slow 0.005 " + " ".join(f"n{number}.word{word}" for word in range(60))
        names = {"session": f"s{number % SESSIONS}", "user": f"u{number % USERS}"}
        messages.append(house.chat.say(text, deadline_s=PATIENT_S, **names))
        time.sleep(max(0.0, began_s + len(messages) / PER_S - time.monotonic()))
    return messages


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_is_answered_once_wherever_a_process_dies(
    kind: str, tmp_path: Path, free_port: Callable[[], int]
):
    seed = random.SystemRandom().getrandbits(32)
    chance = random.Random(seed)
    with house_of(kind, tmp_path, free_port()) as house:
        bots, workers = Crashes(house, BOT_POINTS, chance), Crashes(house, WORKER_POINTS, chance)
        with bots, workers:
            messages = talk(house, MESSAGES)
        died = bots.died + workers.died
        NOTEBOOK.page.tell(seed=seed, crashes=died.total(), **died)
        house.await_answers(messages, within_s=2 * PATIENT_S)
        views = check(house, messages, late_s=LATE_S)
        chat = house.chat
        assert isinstance(chat, StrictChat)
        NOTEBOOK.page.tell(strays=chat.strays())
    outcomes = Counter(view.outcome for view in views)
    assert outcomes[Outcome.REPLY] > LEAST_REPLIES * MESSAGES, outcomes
    assert chat.strays() <= (most_left_behind(bots.died) if KINDS[kind].proof is Proof.PLACEHOLDER else 0)
    assert died.total() >= LEAST_CRASHES, died
    assert {*BOT_POINTS, *WORKER_POINTS} == set(died)


@pytest.mark.parametrize("mutation", ["nonce off", "history off", "placeholder off"])
def test_without_its_proof_a_platform_has_answers_twice(mutation: str, tmp_path: Path, free_port: Callable[[], int]):
    with house_of(mutation, tmp_path, free_port()) as house:
        with Crashes(house, BETWEEN, random.Random(7)) as crashes:
            messages = talk(house, MESSAGES // 4)
        house.await_answers(messages, within_s=2 * PATIENT_S)
        doubled = [case for case in collect(house, messages) if len(case.posts) > 1]
    assert doubled, f"{crashes.died.total()} deaths between a post and its record, and nobody was answered twice"
