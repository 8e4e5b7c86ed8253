from __future__ import annotations

import pytest

from tasks.jobs import bookmarks
from tests.tasks.jobs.flock import Flock
from tests.tasks.jobs.plug import Plug

BOT = "heron"


def test_a_bookmark_that_nobody_set_is_empty(flock: Flock) -> None:
    assert flock.store.run(bookmarks.get(BOT, "7")) == ""


def test_a_number_only_grows(flock: Flock) -> None:
    moved = [flock.store.run(bookmarks.put(BOT, "7", value)) for value in (5, 5, 4, 6, "12", "9")]
    assert moved == [True, False, False, True, True, False]
    assert flock.store.run(bookmarks.get(BOT, "7")) == "12"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1311987654321098765", "1311987654321098766"),  # one double stands for both
        ("999999999999999999", "1000000000000000000"),
        ("9", "0010"),
        ("-1", "0"),
    ],
)
def test_ids_are_compared_to_the_last_digit(flock: Flock, older: str, newer: str) -> None:
    flock.store.run(bookmarks.put(BOT, "7", older))
    assert flock.store.run(bookmarks.put(BOT, "7", newer))
    assert flock.store.run(bookmarks.get(BOT, "7")) == newer


def test_a_cursor_that_is_no_number_takes_the_place_of_the_last(flock: Flock) -> None:
    for value in ("zebra", "apple", "7", "apple"):
        assert flock.store.run(bookmarks.put(BOT, "feed", value))
    assert flock.store.run(bookmarks.get(BOT, "feed")) == "apple"


def test_many_are_set_and_read_at_once(flock: Flock) -> None:
    assert flock.store.run(bookmarks.put_many(BOT, {"7": 1, "8": 2})) == 2
    assert flock.store.run(bookmarks.put_many(BOT, {"7": 1, "8": 3, "9": 1})) == 2
    assert flock.store.run(bookmarks.get_many(BOT)) == {"7": "1", "8": "3", "9": "1"}
    assert flock.store.run(bookmarks.get_many(BOT, "8", "nowhere")) == {"8": "3"}
    assert flock.store.run(bookmarks.get_many("owl")) == {}


def test_one_that_is_forgotten_may_begin_lower(flock: Flock) -> None:
    flock.store.run(bookmarks.put(BOT, "offset", 900))
    assert flock.store.run(bookmarks.forget(BOT, "offset"))
    assert not flock.store.run(bookmarks.forget(BOT, "offset"))
    assert flock.store.run(bookmarks.put(BOT, "offset", 3))


def test_bookmarks_outlive_a_redis_that_was_killed(flock: Flock, plug: Plug) -> None:
    flock.store.run(bookmarks.put(BOT, "7", 5))
    plug.pull()
    plug.push_in()
    assert flock.store.run(bookmarks.get(BOT, "7")) == "5"
