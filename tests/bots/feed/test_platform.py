from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from bots.feed.client import Client
from bots.feed.platform import CHARS, TOO_LONG, FeedPlatform
from bots.platform import Face, Outgoing, Place, Proof
from tasks.contracts.errors import PlatformRefused
from tests.emulators.feed.server import LOST, FeedServer, serving

T = TypeVar("T")
THERE = Place("lounge", message="c1")
WHAT = Outgoing("hello back", "NONCE1", face=Face("Ada"), final=True)


def on(server: FeedServer, work: Callable[[FeedPlatform], Awaitable[T]]) -> T:
    async def run() -> T:
        async with Client(server.url) as client:
            return await work(FeedPlatform(client, "scribe"))

    return asyncio.run(run())


def test_an_answer_is_posted_under_the_name_of_its_persona(feed: FeedServer) -> None:
    number = on(feed, lambda platform: platform.post(THERE, WHAT))
    posted = feed.comments[0]
    assert (posted["username"], posted["text"], posted["message-type"]) == ("Ada", "hello back", "AI")
    assert posted["id"] == number


def test_what_nobody_says_is_said_by_the_bot(feed: FeedServer) -> None:
    on(feed, lambda platform: platform.post(THERE, Outgoing("one moment", "N")))
    assert feed.texts("scribe") == ["one moment"]


def test_the_same_again_stands_there_once(feed: FeedServer) -> None:
    first, second = (on(feed, lambda platform: platform.post(THERE, WHAT)) for _ in range(2))
    assert first == second
    assert feed.texts() == ["hello back"]


@pytest.mark.parametrize("keeps_ids", [True, False])
def test_what_a_process_posted_that_died_is_found_by_the_next_one(keeps_ids: bool) -> None:
    with serving(FeedServer(knows_keys=False, keeps_ids=keeps_ids)) as server:
        number = on(server, lambda platform: platform.post(THERE, WHAT))
        assert on(server, lambda platform: platform.find(THERE, WHAT, server.now_ms)) == number
        assert on(server, lambda platform: platform.find(THERE, Outgoing("other words", "N2"), server.now_ms)) == ""


def test_one_looks_before_one_posts_again_so_no_window_is_needed(feed: FeedServer) -> None:
    def look(platform: FeedPlatform) -> Awaitable[str]:
        return platform.find(THERE, WHAT, feed.now_ms)

    feed.post_faults.append(LOST)
    on(feed, lambda platform: platform.post(THERE, WHAT))
    assert on(feed, look) == feed.comments[0]["id"]
    bounds = FeedPlatform(Client(feed.url), "x").bounds(THERE)
    assert (bounds.nonce_window_s, bounds.edits, bounds.chars) == (0.0, False, CHARS)
    assert FeedPlatform(Client(feed.url), "x").proof(THERE) is Proof.NONCE


def test_what_stands_there_is_never_changed(feed: FeedServer) -> None:
    number = on(feed, lambda platform: platform.post(THERE, WHAT))
    calls = feed.calls.total()
    on(feed, lambda platform: platform.edit(THERE, number, Outgoing("other", "N")))
    on(feed, lambda platform: platform.typing(THERE))
    assert (feed.texts(), feed.calls.total()) == (["hello back"], calls)


def test_of_a_file_only_is_said_that_there_was_more(feed: FeedServer) -> None:
    on(feed, lambda platform: platform.post(THERE, Outgoing("see the file", "N", file=("a.md", b"much"))))
    assert feed.texts() == [TOO_LONG]


def test_the_label_of_the_built_in_model_is_told_from_the_last_words(feed: FeedServer) -> None:
    on(feed, lambda platform: platform.post(THERE, Outgoing("hello back\n\ndemo model", "N")))
    assert feed.texts() == ["hello back (demo model)"]


def test_what_a_feed_will_never_take_is_refused(feed: FeedServer) -> None:
    with pytest.raises(PlatformRefused):
        on(feed, lambda platform: platform.post(THERE, Outgoing("  ", "N")))
