"""The flock as it stands, looked at again and again."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console

from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import StoreUnavailable
from tasks.jobs.board import LOOK_EVERY_S, Glance, board, glances, show
from tasks.jobs.values import Status

SEEN = Status(now_ms=100_000, heartbeat_ms=0, live=7, dead=0, backlogs=(), hosts=())
AWAY = StoreUnavailable("Redis did not answer: refused.", next_step="x")


def shown(views: Iterator[Glance], *, terminal: bool) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None, force_terminal=terminal)
    show(views, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def left(*views: Glance) -> Iterator[Glance]:
    """Yield these, and then the person leaves."""
    yield from views
    raise KeyboardInterrupt


def test_a_look_is_taken_every_second_and_survives_a_redis_that_goes_and_comes_back() -> None:
    answers = iter([AWAY, SEEN, AWAY, SEEN])
    clock = ManualClock()

    def look() -> Status:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    looks = glances(look, clock)
    assert [next(looks) for _ in range(4)] == [Glance(None, AWAY), Glance(SEEN), Glance(SEEN, AWAY), Glance(SEEN)]
    assert clock.monotonic_s() == 3 * LOOK_EVERY_S


def test_while_redis_is_away_what_was_seen_last_stays_and_is_told_to_be_old() -> None:
    def words(glance: Glance) -> str:
        console = Console(file=io.StringIO(), width=100, color_system=None)
        console.print(board(glance))
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    assert "7 live jobs" in words(Glance(SEEN))
    assert "Trying again" not in words(Glance(SEEN))
    assert "Redis did not answer: refused. Trying again." in words(Glance(None, AWAY))
    old = words(Glance(SEEN, AWAY))
    assert "7 live jobs" in old
    assert "Trying again; the above is how it was before" in old


def test_in_a_terminal_looks_replace_each_other_and_leaving_is_no_error() -> None:
    said = shown(left(Glance(None, AWAY), Glance(SEEN)), terminal=True)
    assert said.index("Trying again") < said.index("7 live jobs")
    assert "\x1b[1A" in said, "the cursor went back up"
    assert said.endswith("\x1b[?25h"), "and is shown again"


def test_where_there_is_no_terminal_looks_follow_each_other() -> None:
    said = shown(left(Glance(SEEN), Glance(SEEN)), terminal=False)
    assert said.count("7 live jobs") == 2
    assert "\x1b" not in said
