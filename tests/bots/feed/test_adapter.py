"""The feed bot as `rookery run bot feed` runs it: the real reception, ledger and delivery, on an emulated feed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bots import casting, registry, runner
from bots.delivery.nonces import nonce_of
from bots.delivery.pages import REPLY
from bots.feed.client import Client
from bots.feed.comments import OURS
from bots.listening import context
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.jobs import JobState
from tasks.contracts.settings import Settings, load
from tasks.jobs import moves, quotas
from tasks.jobs.gateway import AsyncGateway
from tests.bots.conftest import Hand
from tests.emulators.feed.server import LOST, START_MS, FeedServer

Eventually = Callable[[Callable[[], Any], str], Any]
PATIENCE_S = 20.0
FEED = """
[feed]
url = "{url}"
poll_min_s = 0.02
poll_max_s = 0.05
"""


@pytest.fixture
def told(tmp_path: Path, redis_url: str, feed: FeedServer) -> Callable[[str], Settings]:
    def made(more: str = "", **environ: str) -> Settings:
        file = tmp_path / "rookery.toml"
        file.write_text(f'[redis]\nurl = "{redis_url}"\n{FEED.format(url=feed.url)}{more}', encoding="utf-8")
        return load(file, {"ROOKERY_DATA_DIR": str(tmp_path), **environ})

    return made


@contextlib.contextmanager
def bot(settings: Settings, feed: FeedServer) -> Iterator[None]:
    """Have the bot run until the block ends; it begins to read before the block does."""
    loop = asyncio.new_event_loop()
    adapter = registry.create("feed", settings, {})
    work = asyncio.run_coroutine_threadsafe(runner.serve(settings, adapter), loop)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    looks = feed.calls["GET"]
    thread.start()
    try:
        give_up = threading.Event()
        for _ in range(int(PATIENCE_S / 0.01)):
            if feed.calls["GET"] >= looks + 3 or work.done():
                break
            give_up.wait(0.01)
        if work.done():
            work.result()
        yield
    finally:
        work.cancel()
        asyncio.run_coroutine_threadsafe(_others_to_end(), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()


async def _others_to_end() -> None:
    own = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not own]
    await asyncio.gather(*others, return_exceptions=True)


def test_a_comment_goes_all_the_way_to_an_answer_and_each_stage_names_the_same_job(
    told: Any, feed: FeedServer, hand: Hand, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with bot(told(), feed):
        feed.say("Rookery, how are you?", "tobi")
        claim = hand.answer("very well, thank you")
        eventually(lambda: feed.texts("rookery"), "an answer in the feed")
        eventually(lambda: hand.store.run(moves.read_job(claim.job)).state is JobState.DELIVERED, "the end of the job")
    assert claim.request.text.endswith("how are you?")
    assert feed.texts("rookery")[0].startswith("very well, thank you")
    stages = [mark.state.value for mark in hand.store.run(moves.read_job(claim.job)).marks]
    assert stages == ["received", "queued", "claimed", "done", "delivering", "delivered"]
    about_job = [record.msg for record in caplog.records if getattr(record, "job", "") == claim.job]
    assert about_job[:2] == ["accepted", "heard"]


STAGES = (
    (Client, "messages_since"),
    (context, "analyze"),
    (casting, "cast"),
    (quotas, "take"),
    (AsyncGateway, "submit"),
    (Client, "post_message"),
)


def noting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have each stage that a comment goes through write down its name."""
    seen: list[str] = []

    def watch(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            seen.append(name)
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, watched)

    for owner, name in STAGES:
        watch(owner, name)
    return seen


def test_the_stages_follow_each_other_and_the_answer_in_the_feed_is_known_by_its_job(
    told: Any, feed: FeedServer, hand: Hand, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = noting(monkeypatch)
    with bot(told("[limits]\nuser_minute = 5\n"), feed):
        feed.say("rookery, how are you?", "tobi")
        claim = hand.answer("very well, thank you")
        eventually(lambda: feed.texts("rookery"), "an answer in the feed")
    assert list(dict.fromkeys(seen)) == [name for _owner, name in STAGES]
    assert feed.comments[-1]["id"] == f"{OURS}{nonce_of(claim.job, REPLY, '0')}"


def test_a_comment_that_calls_nobody_is_left_alone(told: Any, feed: FeedServer, hand: Hand) -> None:
    with bot(told(), feed):
        feed.say("nice weather today", "tobi")
        feed.say("rookery?", "tobi")
        assert hand.answer("yes?").request.text.endswith("rookery?")


def test_answers_are_no_comments_to_answer_and_a_restart_answers_nothing_twice(
    told: Any, feed: FeedServer, hand: Hand, eventually: Eventually
) -> None:
    with bot(told(), feed):
        feed.say("rookery, one", "tobi")
        hand.answer("rookery says: rookery!")
        eventually(lambda: feed.texts("rookery"), "an answer in the feed")
    feed.say("rookery, two", "tobi")
    with bot(told(), feed):
        assert hand.answer("and two").request.text.endswith("rookery, two")
        eventually(lambda: len(feed.texts("rookery")) == 2, "both answers")
    assert hand.try_to_claim() is None


def test_an_answer_whose_post_is_lost_on_the_way_stands_there_once(
    told: Any, feed: FeedServer, hand: Hand, eventually: Eventually
) -> None:
    feed.post_faults.extend([503, LOST])
    with bot(told(), feed):
        feed.say("rookery?", "tobi")
        claim = hand.answer("here I am")
        eventually(lambda: hand.store.run(moves.read_job(claim.job)).state is JobState.DELIVERED, "the end of the job")
    assert len(feed.texts("rookery")) == 1


def test_no_words_stand_there_before_they_are_final(
    told: Any, feed: FeedServer, hand: Hand, eventually: Eventually
) -> None:
    with bot(told(), feed):
        feed.say("rookery?", "tobi")
        claim = hand.claim()
        hand.say(claim, "the first half of a long answer ")
        looks = feed.calls["GET"]
        eventually(lambda: feed.calls["GET"] > looks + 3, "some time")
        assert feed.calls["POST"] == 0
        hand.finish(claim, "the first half of a long answer and the second")
        eventually(lambda: feed.texts("rookery"), "an answer in the feed")
    assert feed.texts("rookery")[0].startswith("the first half of a long answer and the second")


def test_respects_rate_limits_and_says_so_once(told: Any, feed: FeedServer, hand: Hand, eventually: Eventually) -> None:
    with bot(told("[limits]\nuser_minute = 1\n"), feed):
        feed.say("rookery, one", "tobi")
        hand.answer("first answer")
        feed.say("rookery, two", "tobi")
        eventually(lambda: feed.texts("feed"), "words about the limit")
        feed.say("rookery, and me?", "mia")
        assert hand.answer("of course").request.text.endswith("and me?")
    assert len(feed.texts("feed")) == 1


@pytest.mark.parametrize("how", ["file", "environment"])
def test_in_a_dry_run_everything_happens_and_nothing_is_posted(
    how: str, told: Any, feed: FeedServer, hand: Hand, eventually: Eventually
) -> None:
    dry = told("dry_run = true\n") if how == "file" else told(DRY_RUN="true")
    with bot(dry, feed):
        feed.say("rookery?", "tobi")
        claim = hand.answer("here I am")
        eventually(lambda: hand.store.run(moves.read_job(claim.job)).ended, "the end of the job")
    assert feed.calls["POST"] == 0


def test_a_feed_that_refuses_the_key_ends_the_bot_with_words(told: Any, feed: FeedServer) -> None:
    feed.faults.extend([401] * 5)
    with pytest.raises(ConfigurationError, match="401"), bot(told(), feed):
        pass


def test_without_an_address_there_is_no_bot(tmp_path: Path) -> None:
    file = tmp_path / "rookery.toml"
    file.write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="FEED_URL"):
        registry.create("feed", load(file, {}), {})


def test_what_was_said_before_is_left_to_the_past(told: Any, feed: FeedServer, hand: Hand) -> None:
    feed.say("rookery, long ago", "tobi", at_ms=START_MS)
    with bot(told(), feed):
        feed.say("rookery, now", "tobi")
        assert hand.answer("now").request.text.endswith("now")
    assert hand.try_to_claim() is None
