from __future__ import annotations

from pathlib import Path

import pytest

from bots.delivery import attempts
from bots.delivery.pages import Piece
from bots.delivery.steps import Doubt, Post
from bots.platform import Proof
from tests.bots.delivery.post import scene, strict
from tests.tasks.jobs.flock import Flock

HELLO = Post(Piece("1", "hello there"), "reply")


def test_whoever_comes_after_a_crash_knows_what_was_about_to_be_posted(flock: Flock):
    flock.store.run(attempts.begun("job", HELLO, now_ms=5_000))
    said = flock.store.run(attempts.left("job"))
    assert attempts.doubt_of(said, now_ms=7_000, now_s=100.0) == ("1", Doubt("reply", 98.0, HELLO.piece))


def test_what_has_its_id_in_the_record_is_forgotten(flock: Flock):
    flock.store.run(attempts.begun("job", HELLO, now_ms=5_000))
    flock.store.run(attempts.over("job"))
    assert flock.store.run(attempts.left("job")) == ""


def test_words_that_nobody_comes_for_go_by_themselves(flock: Flock):
    flock.store.run(attempts.begun("job", HELLO, now_ms=5_000))
    assert 0 < flock.client.pttl("rookery:pocket:trying:job") <= attempts.LIFE_S * 1000


@pytest.mark.parametrize("proof", Proof)
async def test_no_words_are_left_of_what_was_delivered(proof: Proof, flock: Flock, tmp_path: Path):
    async with scene(flock, strict(tmp_path, proof)) as bot:
        job = bot.ask()
        bot.answer()
        await bot.ended(job)
    assert not flock.client.keys("rookery:pocket:trying:*")
