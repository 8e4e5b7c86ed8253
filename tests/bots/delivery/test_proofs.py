"""What goes wrong on the way to a platform, and that each message stands there once all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bots.delivery import attempts, carrier
from bots.delivery.pages import Piece
from bots.delivery.steps import Post
from bots.platform import Bounds, Proof
from tasks.contracts.jobs import Cause, JobState
from tests.bots.delivery.post import scene, strict, until
from tests.emulators.strict import BUSY, DOWN, LOST, REFUSED, Strict
from tests.tasks.jobs.flock import Flock

FORGETFUL = Bounds(chars=2000, edit_every_s=0.01, typing_every_s=8.0, nonce_window_s=0.0)
FIRST, SECOND = "The first words of it, ", "and then some more."
PROOFS = [
    pytest.param(Proof.NONCE, None, id="nonce"),
    pytest.param(Proof.NONCE, FORGETFUL, id="nonce that is forgotten at once"),
    pytest.param(Proof.PLACEHOLDER, FORGETFUL, id="placeholder"),
    pytest.param(Proof.ORIGINAL, FORGETFUL, id="original"),
]


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "BACKOFF_S", 0.01)


def undo_record(flock: Flock, job: str, posted: str) -> None:
    """Have the process die between its post and the record of that."""
    flock.client.hdel(f"rookery:job:{job}", "placed")
    step = Post(Piece("0", posted), "reply")
    flock.store.run(attempts.begun(job, step, int(flock.client.time()[0] * 1000)))


async def one_answer(flock: Flock, platform: Strict, reply: str = "hello back") -> JobState:
    """Ask, answer, and return how it ended."""
    async with scene(flock, platform) as bot:
        job = bot.ask()
        bot.answer(reply)
        await bot.ended(job)
    return flock.view(job).state


@pytest.mark.parametrize("fault", [BUSY, DOWN, LOST])
@pytest.mark.parametrize(("proof", "bounds"), PROOFS)
@pytest.mark.parametrize("call", ["post", "edit"])
async def test_an_answer_stands_there_once_whatever(
    flock: Flock, tmp_path: Path, proof: Proof, bounds: Bounds | None, call: str, fault: str
):
    platform = strict(tmp_path, proof, bounds=bounds)
    platform.faults[call].extend([fault] * 2)
    assert await one_answer(flock, platform) is JobState.DELIVERED
    stray = platform.texts()[:-1]
    assert platform.texts()[-1] == "hello back"
    # Nobody can know whether a placeholder arrived, so another one may stay behind; an answer never does.
    assert stray == (["…"] * 2 if (proof, call, fault) == (Proof.PLACEHOLDER, "post", LOST) else [])


@pytest.mark.parametrize(("proof", "bounds"), PROOFS)
async def test_no_part_of_a_long_answer_stands_there_twice(
    flock: Flock, tmp_path: Path, proof: Proof, bounds: Bounds | None
):
    platform = strict(tmp_path, proof, bounds=bounds)
    text = "\n\n".join(f"{number} " + f"word{number} " * 180 for number in range(3))
    platform.faults["edit"].extend([LOST, BUSY, LOST])
    platform.faults["find"].extend([DOWN, BUSY])
    if proof is not Proof.PLACEHOLDER:
        platform.faults["post"].extend([LOST, LOST, BUSY, LOST])
    assert await one_answer(flock, platform, text) is JobState.DELIVERED
    assert [message.text[0] for message in platform.messages()] == ["0", "1", "2"]


@pytest.mark.parametrize(("proof", "bounds"), PROOFS)
async def test_a_new_process_goes_on_with_the_message_of_the_old_one(
    flock: Flock, tmp_path: Path, proof: Proof, bounds: Bounds | None
):
    platform = strict(tmp_path, proof, bounds=bounds)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        await until(lambda: bool(flock.field(job, "placed")))
    async with scene(flock, platform) as bot:
        bot.say(claim, SECOND, len(FIRST))
        await bot.stands(FIRST + SECOND)
        flock.finish(claim, FIRST + SECOND + " The end.")
        await bot.ended(job)
    assert platform.texts() == [FIRST + SECOND + " The end."]


@pytest.mark.parametrize(("proof", "bounds"), PROOFS)
async def test_what_a_dead_process_posted_and_did_not_write_down_is_found(
    flock: Flock, tmp_path: Path, proof: Proof, bounds: Bounds | None
):
    platform = strict(tmp_path, proof, bounds=bounds)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        await until(lambda: bool(flock.field(job, "placed")))
    undo_record(flock, job, FIRST.strip())
    async with scene(flock, platform) as bot:
        flock.finish(claim, FIRST + SECOND)
        await bot.ended(job)
    strays = [FIRST.strip()] if proof is Proof.PLACEHOLDER else []  # a placeholder, with words in it by now
    assert platform.texts() == [*strays, FIRST + SECOND]


@pytest.mark.parametrize(("proof", "bounds"), PROOFS[:2])
async def test_a_notice_takes_the_place_of_words_that_a_dead_process_posted(
    flock: Flock, tmp_path: Path, proof: Proof, bounds: Bounds | None
):
    platform = strict(tmp_path, proof, bounds=bounds)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        await until(lambda: bool(flock.field(job, "placed")))
    undo_record(flock, job, FIRST.strip())
    async with scene(flock, platform) as bot:
        flock.give_back(claim, Cause.REJECTED)
        await bot.ended(job)
    assert platform.texts() == [flock.view(job).text]


async def test_what_was_taken_back_while_nobody_looked_is_marked_afterwards(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        bot.say(bot.claim(), FIRST)
        await bot.stands(FIRST.strip())
        await until(lambda: bool(flock.field(job, "placed")))
    flock.withdraw(job)
    async with scene(flock, platform) as bot:
        await until(lambda: "(stopped)" in platform.texts()[0])
        await until(lambda: not bot.postman.at_work)
    assert not flock.client.exists("rookery:untidy:heron")


async def test_a_platform_that_says_no_for_now_is_heard(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    platform.retry_after_s = 0.4
    platform.faults["post"].append(BUSY)
    loop_s = asyncio.get_running_loop().time
    began_s = loop_s()
    await one_answer(flock, platform)
    assert loop_s() - began_s >= 0.4
    assert platform.calls["post"] == 2


async def test_a_chat_that_says_no_for_now_holds_up_no_other(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    platform.retry_after_s = 3600.0
    platform.faults["crowded"].append(BUSY)
    async with scene(flock, platform) as bot:
        await until(lambda: bot.postman.serves)
        bot.ask(chat="crowded")
        platform.faults["crowded"].append(BUSY)
        job = bot.ask(chat="quiet")
        bot.answer()
        bot.answer()
        await bot.ended(job)
    assert [message.chat for message in platform.messages()] == ["quiet"]


async def test_where_the_bot_may_not_speak_the_job_ends_with_the_reason(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    platform.faults["post"].extend([REFUSED] * 3)
    assert await one_answer(flock, platform) is JobState.UNDELIVERABLE
    assert not platform.messages()


async def test_an_undeliverable_answer_has_its_reason_in_the_trail(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    platform.faults["post"].extend([REFUSED] * 3)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        bot.answer()
        await bot.ended(job)
    assert flock.view(job).marks[-1].why == "403: missing access"


async def test_where_the_bot_may_not_look_it_answers_rather_twice_than_never(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path, bounds=FORGETFUL)
    platform.faults["post"].append(DOWN)
    platform.faults["find"].append(REFUSED)
    assert await one_answer(flock, platform) is JobState.DELIVERED
    assert [(message.text, message.answers) for message in platform.messages()] == [("hello back", "m1")]


async def test_an_answer_to_a_message_that_is_gone_stands_by_itself(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    platform.faults["post"].append(REFUSED)
    assert await one_answer(flock, platform) is JobState.DELIVERED
    assert [message.answers for message in platform.messages()] == [""]


async def test_without_its_webhook_an_answer_goes_the_usual_way(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    platform.vias["webhook"] = Proof.PLACEHOLDER
    platform.faults["post"].append(REFUSED)
    async with scene(flock, platform) as bot:
        job = bot.ask(via="webhook")
        bot.answer("hello back")
        await bot.ended(job)
    assert [(message.via, message.text) for message in platform.messages()] == [("", "hello back")]


async def test_a_message_that_was_deleted_while_words_came_is_not_put_back_before_the_end(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    async with scene(flock, platform) as bot:
        job = bot.ask()
        claim = bot.claim()
        bot.say(claim, FIRST)
        await bot.stands(FIRST.strip())
        platform.remove(platform.messages()[0].id)
        bot.say(claim, SECOND, len(FIRST))
        await until(lambda: platform.calls["edit"] == 1)
        assert not platform.messages()
        flock.finish(claim, FIRST + SECOND)
        await bot.ended(job)
    assert platform.texts() == [FIRST + SECOND]


async def test_a_lease_that_is_over_before_the_platform_answers_changes_nothing(flock: Flock, tmp_path: Path):
    platform = strict(tmp_path)
    platform.slow["c"] = asyncio.Event()
    async with scene(flock, platform) as bot:
        job = bot.ask()
        bot.answer("hello back")
        await until(lambda: flock.state(job) == "delivering" and platform.calls["post"] == 1)
        flock.lapse(job)
        await until(lambda: flock.state(job) == "delivering")
        platform.slow["c"].set()
        await bot.ended(job)
    assert platform.texts() == ["hello back"]
    assert flock.state(job) == "delivered"


async def test_an_answer_that_came_while_redis_was_away_is_delivered_when_it_is_back(
    flock: Flock, tmp_path: Path, redis_server
):
    platform = strict(tmp_path)
    platform.slow["c"] = asyncio.Event()
    async with scene(flock, platform) as bot:
        job = bot.ask()
        bot.answer("hello back")
        await until(lambda: platform.calls["post"] == 1)
        redis_server.supervisor.restart("redis")
        await asyncio.to_thread(redis_server.ensure)
        platform.slow["c"].set()
        await bot.ended(job)
    assert platform.texts() == ["hello back"]
