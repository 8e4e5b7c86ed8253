from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from bots.feed.client import Client
from bots.feed.comments import Draft
from bots.feed.retrying import RetryPolicy
from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable, RookeryError
from tests.emulators.feed.server import (
    ERROR_IN_200,
    LOST,
    MUTE,
    NO_JSON,
    NOT_A_LIST,
    START_MS,
    TAKEN_500,
    FeedServer,
    serving,
)

T = TypeVar("T")
TRY_S = 0.3
DRAFT = Draft("hello there", "Ada", "KEY1")


class Waits(list[float]):
    """Every wait between two tries; none of them is waited for."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def using(server: FeedServer, work: Callable[[Client], Awaitable[T]], **how: Any) -> T:
    """Do something with a client that does not wait between its tries."""

    async def run() -> T:
        async with Client(server.url, **{"sleep": Waits(), **how}) as client:
            return await work(client)

    return asyncio.run(run())


def texts(comments: Any) -> list[str]:
    return [comment.text for comment in comments]


def test_the_newest_comments_are_fetched_the_oldest_of_them_first(feed: FeedServer) -> None:
    for at in range(5):
        feed.say(f"number {at}", "tom", color="200100040")
    found = using(feed, lambda client: client.fetch_messages(3))
    assert texts(found) == ["number 2", "number 3", "number 4"]
    assert (found[0].username, found[0].color, found[0].at_ms) == ("tom", "200100040", START_MS + 3)


def test_what_is_newer_than_a_time_is_fetched_in_order(feed: FeedServer) -> None:
    for at in range(5):
        feed.say(f"number {at}")
    assert texts(using(feed, lambda client: client.messages_since(START_MS + 3))) == ["number 3", "number 4"]


@pytest.mark.parametrize("count", [20, 21, 150, 2_300])
def test_none_is_missed_where_a_server_leaves_out_what_is_beyond_its_limit(feed: FeedServer, count: int) -> None:
    for at in range(count):
        feed.say(str(at))
    assert texts(using(feed, lambda client: client.messages_since(START_MS, 20))) == [str(at) for at in range(count)]


def test_a_comment_is_posted_and_comes_back_as_the_server_has_it(feed: FeedServer) -> None:
    posted = using(feed, lambda client: client.post_message(DRAFT), channel="lounge", key="s3cret")
    assert (posted.text, posted.username, posted.by_machine, posted.channel) == ("hello there", "Ada", True, "lounge")
    assert feed.headers[-1]["Idempotency-Key"] == "KEY1"
    assert feed.headers[-1]["Authorization"] == "Bearer s3cret"


def test_comments_of_other_channels_are_not_read(feed: FeedServer) -> None:
    feed.say("mine", domain="lounge")
    feed.say("theirs", domain="kitchen")
    assert texts(using(feed, lambda client: client.fetch_messages(), channel="lounge")) == ["mine"]
    assert feed.queries[-1]["domain"] == "lounge"


def test_several_are_posted_in_order_and_one_that_is_refused_does_not_hold_up_the_others(feed: FeedServer) -> None:
    drafts = [Draft("one", "Ada", "1"), Draft(" ", "Ada", "2"), Draft("three", "Ada", "3")]
    posted = using(feed, lambda client: client.batch_post(drafts))
    assert feed.texts() == ["one", "three"]
    assert [type(each).__name__ for each in posted] == ["Comment", "PlatformRefused", "Comment"]


def test_a_ping_tells_whether_the_server_answers_at_one_try(feed: FeedServer) -> None:
    feed.faults.extend([503])
    assert using(feed, lambda client: client.ping()) is False
    assert using(feed, lambda client: client.ping()) is True
    assert feed.calls["GET"] == 2


def test_what_fails_for_now_is_tried_again_with_growing_pauses(feed: FeedServer) -> None:
    feed.post_faults.extend([503, 503])
    waits = Waits()
    using(feed, lambda client: client.post_message(DRAFT), sleep=waits)
    assert feed.texts() == ["hello there"]
    assert feed.calls["POST"] == 3
    policy = RetryPolicy()
    assert [policy.first_s * 2**at / 2 <= wait <= policy.first_s * 2**at for at, wait in enumerate(waits)] == [True] * 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_what_will_never_be_taken_is_not_tried_again(feed: FeedServer, status: int) -> None:
    feed.faults.extend([status])
    with pytest.raises(PlatformRefused, match=str(status)):
        using(feed, lambda client: client.post_message(DRAFT))
    assert feed.calls["POST"] == 1


def test_after_so_many_tries_one_gives_up(feed: FeedServer) -> None:
    feed.faults.extend([500] * 10)
    with pytest.raises(PlatformUnavailable, match="500"):
        using(feed, lambda client: client.fetch_messages())
    assert feed.calls["GET"] == RetryPolicy().tries


def test_who_is_busy_is_left_alone_for_as_long_as_they_say(feed: FeedServer) -> None:
    feed.faults.extend([429])
    waits = Waits()
    using(feed, lambda client: client.post_message(DRAFT), sleep=waits)
    assert waits == [1.0]


def test_a_long_time_of_being_busy_is_for_the_caller_to_wait(feed: FeedServer) -> None:
    feed.faults.extend([429])
    feed.retry_after = "60"
    with pytest.raises(PlatformBusy) as told:
        using(feed, lambda client: client.post_message(DRAFT))
    assert (told.value.retry_after_s, feed.calls["POST"]) == (60.0, 1)


@pytest.mark.parametrize("fault", [LOST, TAKEN_500])
@pytest.mark.parametrize("knows_keys", [True, False])
def test_a_post_of_which_the_answer_is_lost_stands_there_once(fault: str, knows_keys: bool) -> None:
    with serving(FeedServer(knows_keys=knows_keys)) as server:
        server.post_faults.append(fault)
        posted = using(server, lambda client: client.post_message(DRAFT))
        assert server.texts() == ["hello there"]
        assert posted.id == server.comments[0]["id"]


def test_each_try_bears_the_same_key_so_that_a_post_after_a_timeout_stands_there_once(feed: FeedServer) -> None:
    feed.keeps_ids = False  # so that it is not found by its id, and must be known by its key
    feed.post_faults.append(LOST)
    using(feed, lambda client: client.post_message(DRAFT), try_s=TRY_S)
    keys = [headers["Idempotency-Key"] for headers in feed.headers if "Idempotency-Key" in headers]
    assert keys == ["KEY1", "KEY1"]
    assert feed.texts() == ["hello there"]


@pytest.mark.parametrize("fault", [MUTE, NO_JSON, NOT_A_LIST, ERROR_IN_200])
def test_an_answer_that_is_none_is_asked_for_again(feed: FeedServer, fault: str) -> None:
    feed.say("hello")
    feed.faults.append(fault)
    assert texts(using(feed, lambda client: client.fetch_messages(), try_s=TRY_S)) == ["hello"]
    assert feed.calls["GET"] == 2


def test_entries_that_are_no_comments_are_passed_over_and_counted(feed: FeedServer) -> None:
    feed.say("good")
    feed.comments += ["nonsense", {"id": 7, "text": "x", "timestamp": 1}, {"id": "a", "text": "x", "timestamp": "now"}]

    async def work(client: Client) -> tuple[list[str], int]:
        return texts(await client.fetch_messages()), client.stats.malformed

    assert using(feed, work) == (["good"], 3)


def test_the_statistics_count_calls_retries_and_errors(feed: FeedServer) -> None:
    feed.faults.extend([503, 400])

    async def work(client: Client) -> dict[str, object]:
        await client.ping()
        with pytest.raises(PlatformRefused):
            await client.fetch_messages()
        feed.faults.extend([502])
        await client.fetch_messages()
        await client.post_message(DRAFT)
        return client.stats.as_fields()

    told = using(feed, work)
    assert told.pop("busy_s") >= 0.0  # type: ignore[operator]
    assert told == {
        "calls": {"GET": 4, "POST": 1},
        "errors": {"503": 1, "400": 1, "502": 1},
        "retries": 1,
        "malformed": 0,
    }


def test_a_server_that_is_not_there_is_said_to_be_away_without_its_key() -> None:
    with serving(FeedServer()) as server:
        gone = server.url
    away = FeedServer()
    away.url = gone
    with pytest.raises(PlatformUnavailable) as told:
        using(away, lambda client: client.fetch_messages(), key="s3cret")
    assert "s3cret" not in str(told.value)


def test_a_redirect_is_not_followed_with_the_key(feed: FeedServer) -> None:
    feed.faults.append(302)
    with pytest.raises(RookeryError, match="302"):
        using(feed, lambda client: client.fetch_messages(), key="s3cret")
    assert feed.calls["GET"] == 1


def test_a_comment_is_found_by_its_id_and_by_its_words_only_where_ids_are_lost(plain_feed: FeedServer) -> None:
    plain_feed.say("hello there", "Ada")
    assert using(plain_feed, lambda client: client.find(DRAFT, START_MS)) is not None
    using(plain_feed, lambda client: client.post_message(Draft("something else", "Ada", "KEY0")))
    assert using(plain_feed, lambda client: client.find(DRAFT, START_MS)) is None
    using(plain_feed, lambda client: client.post_message(DRAFT))
    found = using(plain_feed, lambda client: client.find(DRAFT, START_MS))
    assert found is not None
    assert found.id == DRAFT.id
