"""What becomes of a job on its platform, as long as nothing goes wrong."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest

from bots.delivery import origins, rounds
from bots.delivery.manners import Manners
from bots.delivery.pages import NO_LONGER, STOPPED
from bots.platform import Bounds, Face, Proof
from tasks.contracts.errors import AlreadyRunning
from tasks.contracts.jobs import Cause, JobState
from tasks.jobs import notices
from tests.bots.delivery.post import BOT, scene, strict, until
from tests.emulators.strict import BUSY
from tests.tasks.jobs.flock import Flock

HOUR_S = 3600.0
MOMENTARY = 10  # tasks in which redis-py waits for an answer
SLOW_EDITS = Bounds(chars=2000, edit_every_s=HOUR_S, typing_every_s=8.0, nonce_window_s=60.0)
FIRST, SECOND = "The first words of it, ", "and then some more."


async def test_a_question_has_one_answer_below_it(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        job = bot.ask(message="m7")
        bot.answer("hello back")
        await bot.ended(job)
    (message,) = platform.messages()
    assert (message.text, message.answers, message.final, message.edits) == ("hello back", "m7", True, 0)
    assert flock.state(job) == "delivered"


async def test_somebody_is_seen_to_write_at_once_and_before_anything_else(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        bot.ask()
        await until(lambda: platform.calls["typing"] == 1)
    assert not platform.calls["post"]


async def test_it_is_shown_again_that_somebody_writes_until_the_answer_is_there(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path, bounds=Bounds(chars=2000, edit_every_s=0.01, typing_every_s=0.02, nonce_window_s=60.0))
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        await until(lambda: platform.calls["typing"] >= 3)
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        before = platform.calls["typing"]
        await until(lambda: platform.calls["typing"] >= before + 3)
        flock.finish(claim, FIRST + SECOND)
        await bot.ended(job)
        await until(lambda: not bot.postman.at_work)
        at_the_end = platform.calls["typing"]
        await bot.ended(bot.ask(chat="elsewhere"), *[bot.answer()])
        assert platform.calls["typing"] <= at_the_end + 1  # of the other chat


async def test_words_are_shown_as_they_come_in_one_message(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        bot.say(claim, SECOND, len(FIRST))
        await bot.stands(FIRST + SECOND)
        assert not platform.messages()[0].final
        flock.finish(claim, FIRST + SECOND)
        await bot.ended(job)
    assert [(message.text, message.final) for message in platform.messages()] == [(FIRST + SECOND, True)]


async def test_without_streaming_an_answer_comes_whole(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform, manners=lambda: Manners(stream=False)) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        flock.finish(claim, FIRST + SECOND)
        await bot.ended(job)
    assert platform.seen["c"] == [FIRST + SECOND]


async def test_edits_in_between_are_dropped_and_the_last_one_is_not(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path, bounds=SLOW_EDITS)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        at = len(FIRST)
        for number in range(50):
            bot.say(claim, f"word{number:02} ", at)
            at += len("word00 ")
        flock.finish(claim, FIRST + SECOND)
        await bot.ended(job)
    assert platform.seen["c"] == [FIRST.strip(), FIRST + SECOND]


async def test_edits_pause_for_as_long_as_the_platform_says(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    platform.retry_after_s = 0.3
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        platform.faults["edit"].append(BUSY)
        began_s = time.monotonic()
        bot.say(claim, SECOND, len(FIRST))
        await bot.stands(FIRST + SECOND)
        assert platform.edited_s["c"][0] - began_s >= platform.retry_after_s
        assert platform.calls["edit"] == 2
        flock.finish(claim, FIRST + SECOND)
        await bot.ended(job)


async def test_all_messages_of_a_chat_share_its_budget_of_edits(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path, bounds=SLOW_EDITS)
    async with scene(flock, platform) as bot:
        jobs = [bot.ask(chat="shared"), bot.ask(chat="shared"), bot.ask(chat="own")]
        claims = [bot.claim() for _ in jobs]
        for claim in claims:
            bot.say(claim, FIRST)
        await bot.stands(FIRST.strip(), FIRST.strip())
        assert platform.calls["post"] == 2
        for claim in claims:
            flock.finish(claim, f"{FIRST}of {claim.job}")
        await bot.ended(*jobs)
    assert len(platform.messages("shared")) == 2
    assert platform.texts("own") == [f"{FIRST}of {jobs[2]}"]


async def test_when_another_worker_starts_over_the_message_has_its_words(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        flock.give_back(claim)
        again = bot.claim()
        bot.say(again, "Quite another answer it is.")
        await bot.stands("Quite another answer it is.")
        flock.finish(again, "Quite another answer it is.")
        await bot.ended(job)
    assert len(platform.messages()) == 1


async def test_messages_that_a_former_try_needed_and_the_last_one_does_not_say_so(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path, bounds=Bounds(chars=200, edit_every_s=0.0, typing_every_s=8.0, nonce_window_s=60.0))
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, "word " * 60)
        await until(lambda: len(platform.messages()) == 2)
        flock.give_back(claim)
        flock.finish(bot.claim(), "short")
        await bot.ended(job)
    assert platform.texts() == ["short", NO_LONGER]


async def test_a_long_answer_is_several_messages_in_order(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    text = "\n\n".join(f"{number} " + "word " * 300 for number in range(4))
    async with scene(flock, platform) as bot:
        job = bot.ask()
        bot.answer(text)
        await bot.ended(job)
    assert [message.text[0] for message in platform.messages()] == ["0", "1", "2", "3"]
    assert [message.answers for message in platform.messages()] == ["m1", "", "", ""]


async def test_a_very_long_answer_is_a_preview_and_a_file(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        bot.answer("word " * 3000)
        await bot.ended(job)
    assert [message.file for message in platform.messages()] == ["", "", "", "answer.md"]


async def test_a_failure_is_told_once(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        flock.give_back(bot.claim(), Cause.REJECTED)
        await bot.ended(job)
    assert platform.texts() == [flock.view(job).text]
    assert "would not take" in platform.texts()[0]


async def test_a_failure_takes_the_place_of_half_an_answer(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        flock.give_back(claim, Cause.REJECTED)
        await bot.ended(job)
    assert platform.texts() == [flock.view(job).text]


async def test_what_the_person_takes_back_is_marked_as_stopped(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        flock.withdraw(job)
        await bot.stands(f"{FIRST.strip()}\n\n{STOPPED}")


async def test_what_is_taken_back_before_a_word_leaves_nothing(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        flock.withdraw(bot.ask())
        await until(lambda: not bot.postman.at_work)
    assert not platform.messages()


async def test_who_waits_long_is_told_and_the_answer_takes_that_place(
    flock: Flock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rounds, "LONG_WAIT_S", 0.05)
    monkeypatch.setattr(rounds, "LOOK_S", 0.05)
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        flock.submit()  # somebody else, before
        job = bot.ask()
        await until(lambda: platform.texts() == ["Queued, 1 before you."])
        flock.serve(bot.host)
        bot.answer("at last, an answer")
        await bot.ended(job)
    assert platform.texts() == ["at last, an answer"]


async def test_nobody_is_kept_looking_for_an_hour(flock: Flock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rounds, "TYPING_AT_MOST_S", 0.0)
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        bot.ask()
        job = bot.ask(chat="elsewhere")
        bot.answer()
        bot.answer()
        await bot.ended(job)
    assert not platform.calls["typing"]


async def test_a_job_that_redis_has_forgotten_is_forgotten_here_too(
    flock: Flock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rounds, "LOOK_S", 0.05)
    async with scene(flock, strict(tmp_path)) as bot:
        bot.ask()
        assert bot.postman.at_work == 1
        flock.client.flushall()
        await until(lambda: not bot.postman.at_work)


async def test_in_one_session_answers_stand_in_the_order_of_the_questions(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    platform.slow["c"] = asyncio.Event()
    async with scene(flock, platform) as bot:
        jobs = [bot.ask(session="s", message=f"m{number}") for number in range(5)]
        for number, _ in enumerate(jobs):
            bot.answer(f"answer {number}")
        platform.slow["c"].set()
        await bot.ended(*jobs)
    assert platform.texts() == [f"answer {number}" for number in range(5)]


async def test_a_chat_that_does_not_answer_holds_up_no_other(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    platform.slow["stuck"] = asyncio.Event()
    async with scene(flock, platform) as bot:
        stuck = [bot.ask(chat="stuck") for _ in range(2 * rounds.CALLS_AT_ONCE)]
        others = [bot.ask(chat=f"c{number}") for number in range(10)]
        for _ in stuck + others:
            bot.answer()
        await bot.ended(*others)
        assert flock.state(stuck[0]) == "delivering"


async def test_a_persona_shows_its_face(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform, face=lambda persona: Face(f"the {persona}")) as bot:
        job = bot.ask(persona="raven")
        bot.answer()
        await bot.ended(job)
    assert platform.messages()[0].face == "the raven"


async def test_it_is_known_which_job_a_message_came_of(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        bot.answer()
        await bot.ended(job)
    assert flock.store.run(origins.job_of(BOT, platform.messages()[0].id)) == job
    assert flock.store.run(origins.job_of(BOT, "another")) == ""


async def test_a_dry_run_posts_nothing_and_says_so(flock: Flock, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    platform = strict(tmp_path)
    async with scene(flock, platform, manners=lambda: Manners(dry_run=True)) as bot:
        job = bot.ask()
        bot.answer("a secret reply of some length")
        await bot.ended(job)
    assert not platform.calls
    assert flock.view(job).state is JobState.DELIVERED
    assert rounds.DRY_RUN in flock.view(job).flags
    (told,) = [record for record in caplog.records if record.message == "dry run"]
    assert told.chars == len("a secret reply of some length")  # type: ignore[attr-defined]
    assert "secret" not in caplog.text


@pytest.mark.parametrize("moments", range(12))
async def test_it_ends_whenever_it_is_told_to(moments: int, flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        bot.ask()
        for _ in range(moments):
            await asyncio.sleep(0)
    assert bot.running.done()


async def test_a_process_that_was_replaced_ends_and_says_so(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as old:
        await until(lambda: old.postman.serves)
        async with scene(flock, platform) as new:
            await until(lambda: new.postman.serves)
            old.ask()
            new.say(new.claim(), FIRST)
            await until(old.running.done)
    assert isinstance(old.running.exception(), AlreadyRunning)


@pytest.mark.parametrize("many", [200, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_nothing_is_left_of_many_jobs(many: int, flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        await until(lambda: bot.postman.serves)
        before = len(asyncio.all_tasks())
        for _ in range(many // 20):
            jobs = [bot.ask(chat=f"c{number % 7}", session=f"s{number % 5}") for number in range(20)]
            for _ in jobs:
                bot.answer()
            await bot.ended(*jobs)
        await until(lambda: not bot.postman.at_work and len(asyncio.all_tasks()) < before + MOMENTARY)
        looked_after = bot.postman._rounds
        looked_after.chats.tidy(time.monotonic() + HOUR_S)
        assert (len(looked_after.chats), len(looked_after.queues)) == (0, 0)
    assert len(platform.messages()) == many


@pytest.mark.parametrize("proof", [Proof.NONCE, Proof.PLACEHOLDER])
async def test_what_is_said_unasked_stands_there_once_and_also_where_the_bot_comes_later(
    flock: Flock, tmp_path: Path, proof: Proof
):
    platform, job = strict(tmp_path, proof), f"notice-one-{BOT}:c"
    for _ in range(2):
        flock.store.run(notices.say(BOT, "c", "Host a is gone.", job=job, deadline_s=HOUR_S))
    async with scene(flock, platform) as bot:
        await bot.ended(job)
    (message,) = platform.messages("c")
    assert (message.text, message.answers, message.buttons, message.final) == ("Host a is gone.", "", "", True)
    assert flock.state(job) == "delivered"
