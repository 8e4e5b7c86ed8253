"""The bots as people run them die at every step of a message's way, and so do workers: it is answered once."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.crashes.dying import (
    BETWEEN,
    BOT_POINTS,
    LEFT_BEHIND,
    WORKER_POINTS,
    Crashes,
    Kills,
    await_deaths,
    most_left_behind,
)
from tests.faults.crashes.running import (
    KINDS,
    LEAST_REPLIES,
    TELEGRAM,
    WEB,
    WEBHOOK,
    await_answers,
    chat_of,
    flock_of,
    settle,
    talk,
)
from tests.faults.house import BOT
from tests.faults.invariants import collect
from tests.faults.notebook import NOTEBOOK

pytestmark = [pytest.mark.faults, pytest.mark.slow]
MESSAGES = 400
LEAST_CRASHES = 80  # on the busiest machine; on one that is quiet it is 150
KILL_PAUSE_S = (0.1, 0.7)
KILLS = 150
# People at the API are told of an answer and nothing is written down about that: there are no such points.
WEB_POINTS = ("submitted", "delivery.edited", "delivery.sent")


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_is_answered_once_wherever_a_process_dies(
    kind: str, tmp_path: Path, free_port: Callable[[], int]
):
    seed = random.SystemRandom().getrandbits(32)
    chance = random.Random(seed)
    points = WEB_POINTS if kind == WEB else BOT_POINTS
    with flock_of(kind, tmp_path, free_port) as flock:
        bots, workers = Crashes(flock, points, chance), Crashes(flock, WORKER_POINTS, chance)
        with bots, workers:
            said = talk(chat_of(flock), MESSAGES)
            await_deaths(bots, workers, answered=lambda: chat_of(flock).has_answers(chat_of(flock).heard(said)))
        died = bots.died + workers.died
        NOTEBOOK.page.tell(seed=seed, crashes=died.total(), **died)
        messages = settle(flock, said)
        strays = chat_of(flock).strays()
    assert strays <= (most_left_behind(bots.died) if kind in (WEBHOOK, TELEGRAM) else 0)
    assert len(messages) > LEAST_REPLIES * MESSAGES
    assert died.total() >= LEAST_CRASHES, died
    assert {*points, *WORKER_POINTS} == set(died)


@pytest.mark.parametrize("kind", [WEBHOOK, TELEGRAM])
def test_kills_at_any_moment_leave_few_placeholders_behind(kind: str, tmp_path: Path, free_port: Callable[[], int]):
    seed = random.SystemRandom().getrandbits(32)
    with flock_of(kind, tmp_path, free_port) as flock:
        with Kills(flock, random.Random(seed), KILL_PAUSE_S, KILLS) as kills:
            said = talk(chat_of(flock), MESSAGES)
        NOTEBOOK.page.tell(seed=seed, kills=kills.died.total(), **kills.died)
        settle(flock, said)
        strays = chat_of(flock).strays()
    assert strays <= LEFT_BEHIND * kills.died[BOT]
    assert kills.died.total() >= LEAST_CRASHES


@pytest.mark.parametrize(
    ("kind", "mutation"),
    [
        ("discord message", "nonce-off"),
        ("discord forgotten nonce", "history-off"),
        ("telegram", "placeholder-off"),
    ],
)
def test_without_its_proof_a_bot_answers_twice(kind: str, mutation: str, tmp_path: Path, free_port: Callable[[], int]):
    with flock_of(kind, tmp_path, free_port, mutation) as flock:
        with Crashes(flock, BETWEEN, random.Random(7)) as crashes:
            messages = talk(chat_of(flock), MESSAGES // 4)
        await_answers(flock, messages)
        doubled = [case for case in collect(flock, messages) if len(case.posts) > 1]
        NOTEBOOK.page.tell(crashes=crashes.died.total(), doubled=len(doubled))
    assert doubled, f"{crashes.died.total()} deaths between a post and its record, and nobody was answered twice"
