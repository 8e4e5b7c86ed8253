"""`rookery notify`, as a script has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tasks.jobs import notices
from tasks.jobs.store import Store
from tests.command import Command


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store.open(redis_url)
    yield made
    made.close()


def test_a_script_tells_something(command: Command, store: Store) -> None:
    ended = command.invoke("notify", "The backup is done", "12 GiB in 4 min.", "--level", "success")
    assert (ended.code, ended.out) == (0, "handed in; the upkeep worker tells it\n")
    taken = store.run(notices.take())
    assert taken is not None
    assert (taken.notice.title, taken.notice.words, taken.notice.level) == (
        *("The backup is done", "12 GiB in 4 min.", "success"),
    )


def test_what_is_about_the_same_is_told_once(command: Command, store: Store) -> None:
    told = [command.invoke("notify", "Again", "--about", "backup").out for _ in range(2)]
    assert "handed in" in told[0]
    assert "the same was told a moment ago" in told[1]
    assert all("handed in" in command.invoke("notify", "Again").out for _ in range(2))


def test_a_title_alone_will_do_and_one_that_is_too_long_is_cut(command: Command, store: Store) -> None:
    command.invoke("notify", "x" * 500)
    taken = store.run(notices.take())
    assert taken is not None
    assert (len(taken.notice.title), taken.notice.words) == (120, "x" * 500)


def test_there_are_four_levels(command: Command) -> None:
    ended = command.invoke("notify", "Fire", "--level", "fatal")
    assert ended.code == 2
    assert "warning" in ended.errors
