"""A few messages of `make test-crashes`: a bot as people run it dies a few times, and answers each of them once."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from bots.delivery.rounds import PLACEHOLDERS_AT_ONCE
from tests.faults.crashes.dying import BOT_POINTS, Crashes, await_deaths
from tests.faults.crashes.running import TELEGRAM, chat_of, flock_of, settle, talk
from tests.faults.notebook import NOTEBOOK

pytestmark = [pytest.mark.faults, pytest.mark.slow]
MESSAGES, CRASHES = 20, 6


def test_a_few_messages_are_answered_once_wherever_their_bot_dies(tmp_path: Path, free_port: Callable[[], int]):
    seed = random.SystemRandom().getrandbits(32)
    with flock_of(TELEGRAM, tmp_path, free_port) as flock:
        with Crashes(flock, BOT_POINTS, random.Random(seed), most=CRASHES) as bots:
            said = talk(chat_of(flock), MESSAGES)
            await_deaths(bots, answered=lambda: chat_of(flock).has_answers(said))
        NOTEBOOK.page.tell(seed=seed, crashes=bots.died.total(), **bots.died)
        assert settle(flock, said) == said
        assert chat_of(flock).strays() <= PLACEHOLDERS_AT_ONCE * bots.died.total()
    assert bots.died
