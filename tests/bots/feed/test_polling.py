from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bots.feed import pace
from bots.feed.client import Client
from bots.feed.comments import OURS, Comment
from bots.feed.polling import Polling
from tasks.contracts.errors import PlatformRefused, StoreUnavailable
from tasks.contracts.platforms import Feed
from tests.emulators.feed.server import START_MS, FeedServer

SETTINGS = Feed(poll_min_s=1.0, poll_max_s=4.0, batch=5)
NOW_S = START_MS / 1000


class KeptInHand:
    """Bookmarks that a test can see; while they are away nothing is kept."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.away = 0

    async def load(self) -> Mapping[str, str]:
        return dict(self.values)

    async def keep(self, values: Mapping[str, str]) -> None:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        self.values.update(values)


class Reader:
    """A loop over a feed, whose every wait is a moment at which the test does something."""

    def __init__(self, feed: FeedServer, marks: KeptInHand) -> None:
        self.feed, self.marks = feed, marks
        self.taken: list[str] = []
        self.waits: list[float] = []
        self.refuses = 0

    async def take(self, comment: Comment) -> None:
        if self.refuses:
            self.refuses -= 1
            raise StoreUnavailable("the ledger is away")
        self.taken.append(comment.text)

    def read(self, *between: Callable[[], Any]) -> None:
        """Read until all of `between` was done, one thing in each wait, and one more look after it."""
        asyncio.run(self._read(list(between)))

    async def _read(self, between: list[Callable[[], Any]]) -> None:
        async def wait(seconds: float) -> None:
            self.waits.append(seconds)
            if not between:
                raise asyncio.CancelledError
            between.pop(0)()

        async def at_once(_seconds: float) -> None:
            return

        async with Client(self.feed.url, sleep=at_once) as client:
            polling = Polling(client, self.marks, self.take, lambda: SETTINGS, sleep=wait, now_s=lambda: NOW_S)
            with contextlib.suppress(asyncio.CancelledError):
                await polling.run()


@pytest.fixture
def marks() -> KeptInHand:
    return KeptInHand()


@pytest.fixture
def reader(feed: FeedServer, marks: KeptInHand) -> Reader:
    return Reader(feed, marks)


def nothing() -> None:
    return


def test_the_interval_grows_to_the_cap_while_idle_and_drops_to_the_floor_with_a_message(reader: Reader) -> None:
    reader.read(*[nothing] * 5, lambda: reader.feed.say("hello"), nothing)
    assert reader.waits == [1.0, pace.GROWTH, pace.GROWTH**2, pace.GROWTH**3, 4.0, 4.0, 1.0, 1.0 * pace.GROWTH]
    assert reader.taken == ["hello"]


def test_what_was_there_before_the_bot_came_is_not_answered(reader: Reader) -> None:
    reader.feed.say("yesterday")
    reader.read(lambda: reader.feed.say("today"))
    assert reader.taken == ["today"]


def test_the_first_comment_of_an_empty_feed_is_read(reader: Reader) -> None:
    reader.read(lambda: reader.feed.say("first!"), nothing)
    assert reader.taken == ["first!"]


def test_a_restarted_bot_reads_on_where_it_was_and_nothing_twice(
    reader: Reader, feed: FeedServer, marks: KeptInHand
) -> None:
    reader.read(lambda: [feed.say(f"a{at}") for at in range(7)])
    for at in range(13):  # while the bot is away, more than fit into one answer
        feed.say(f"b{at}")
    later = Reader(feed, marks)
    later.read(nothing)
    assert reader.taken == [f"a{at}" for at in range(7)]
    assert later.taken == [f"b{at}" for at in range(13)]


def test_comments_that_show_up_late_or_at_the_same_time_are_read_once(reader: Reader) -> None:
    say = reader.feed.say
    reader.read(
        lambda: [say("one", at_ms=START_MS + 900), say("two", at_ms=START_MS + 900)],
        lambda: say("late", at_ms=START_MS + 100),
        lambda: say("three", at_ms=START_MS + 900),
        nothing,
    )
    assert reader.taken == ["one", "two", "late", "three"]


def test_a_comment_from_the_future_stops_nothing_and_is_read_once(reader: Reader) -> None:
    say = reader.feed.say
    reader.read(lambda: say("I am from 2100", at_ms=4_102_444_800_000), lambda: say("now"), nothing)
    assert reader.taken == ["I am from 2100", "now"]


def test_our_own_comments_are_never_taken_in(reader: Reader) -> None:
    reader.read(lambda: reader.feed.say("my answer", "Ada", id=f"{OURS}KEY"), nothing)
    assert reader.taken == []
    assert reader.waits == [1.0, pace.GROWTH, pace.GROWTH**2], "they are no reason to look again soon"


def test_what_the_ledger_did_not_take_is_read_again_and_what_came_before_it_is_not(reader: Reader) -> None:
    def two() -> None:
        reader.feed.say("one")
        reader.feed.say("two")
        reader.refuses = 0

    reader.read(two, lambda: [reader.feed.say("three"), setattr(reader, "refuses", 1)], nothing)
    assert reader.taken == ["one", "two", "three"]


def test_while_bookmarks_cannot_be_kept_nothing_is_read_twice(reader: Reader) -> None:
    reader.read(lambda: [reader.feed.say("one"), setattr(reader.marks, "away", 1)], nothing, nothing)
    assert reader.taken == ["one"]


def test_a_feed_that_is_away_or_busy_is_looked_at_again_later(reader: Reader) -> None:
    def trouble(*faults: int) -> Callable[[], None]:
        return lambda: reader.feed.faults.extend(faults)

    reader.feed.retry_after = "30"
    reader.read(nothing, trouble(503, 503, 503), trouble(429), lambda: reader.feed.say("back"))
    assert reader.waits[2] >= SETTINGS.poll_min_s
    assert reader.waits[3] == 30.0
    assert reader.taken == ["back"]


def test_a_feed_that_refuses_us_ends_the_bot(reader: Reader) -> None:
    reader.feed.faults.append(401)
    with pytest.raises(PlatformRefused, match="401"):
        reader.read()
