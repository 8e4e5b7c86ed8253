from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from bots.feed import cursor as reading
from bots.feed.comments import Comment
from bots.feed.cursor import AHEAD_MS, LATE_MS, MOST_KNOWN, Cursor

NOW_MS = 10_000_000


def comment(number: int, at_ms: int) -> Comment:
    return Comment(str(number), "words", at_ms)


@given(
    st.lists(st.integers(NOW_MS - 10 * LATE_MS, NOW_MS), max_size=40),
    st.lists(st.integers(0, LATE_MS // 2), min_size=40, max_size=40),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_each_comment_is_read_once_however_late_and_out_of_order_it_shows_up(times, delays, seed, forgetful):
    """Comments show up after their time, one looks every so often, and the process may begin anew in between."""
    comments = [comment(number, at_ms) for number, at_ms in enumerate(sorted(times))]
    shows_up = {each.id: each.at_ms + delay for each, delay in zip(comments, delays, strict=False)}
    dice = random.Random(seed)
    cursor, taken, clock_ms = Cursor(NOW_MS - 11 * LATE_MS), [], NOW_MS - 11 * LATE_MS
    while clock_ms < NOW_MS + LATE_MS:
        clock_ms += dice.randrange(1, LATE_MS)
        there = [each for each in comments if shows_up[each.id] <= clock_ms and each.at_ms > cursor.since_ms]
        for each in cursor.unread(there):
            taken.append(each.id)
            cursor = cursor.after([each], clock_ms)
        if forgetful:
            cursor = reading.read(cursor.as_bookmarks()) or Cursor()
    assert sorted(taken) == sorted(each.id for each in comments)


def test_comments_of_the_same_millisecond_are_all_read() -> None:
    cursor = Cursor(NOW_MS).after([comment(1, NOW_MS)], NOW_MS)
    assert cursor.unread([comment(1, NOW_MS), comment(2, NOW_MS)]) == [comment(2, NOW_MS)]


def test_a_comment_that_says_it_is_of_the_future_keeps_nobody_from_being_read() -> None:
    future = comment(1, NOW_MS + 10 * AHEAD_MS)
    cursor = Cursor(NOW_MS).after([future], NOW_MS)
    assert cursor.at_ms == NOW_MS
    assert cursor.unread([future, comment(2, NOW_MS + 1)]) == [comment(2, NOW_MS + 1)]


def test_it_never_goes_back() -> None:
    assert Cursor(NOW_MS).after([comment(1, NOW_MS - 1)], NOW_MS).at_ms == NOW_MS


def test_no_more_is_kept_than_needed_however_much_is_read() -> None:
    many = [comment(number, NOW_MS + number) for number in range(3 * MOST_KNOWN)]
    assert len(Cursor().after(many, NOW_MS).known) == MOST_KNOWN
    assert Cursor().after([comment(1, NOW_MS), comment(2, NOW_MS + LATE_MS)], NOW_MS).known.keys() == {
        reading.mark(comment(2, 0))
    }


def test_where_nothing_is_kept_nothing_was_read() -> None:
    assert reading.read({}) is None
    assert reading.read({"cursor": "5"}) == Cursor(5)
