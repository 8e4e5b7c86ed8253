"""What became of a job, drawn over time."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from tasks.contracts.jobs import Cause, JobState, JobView, Mark, Outcome
from tasks.contracts.messages import Usage
from tasks.jobs.steps import NOT_KEPT
from tasks.jobs.timeline import Timeline, bar

REFUSED = "EngineUnavailable: nobody at http://10.0.0.5:1234/v1/chat/completions [red]"
MARKS = (
    Mark(at_ms=1000, state=JobState.RECEIVED),
    Mark(at_ms=1000, state=JobState.QUEUED),
    Mark(at_ms=3000, state=JobState.CLAIMED, who="studio"),
    Mark(at_ms=5000, state=JobState.QUEUED, who="studio", why=REFUSED),
    Mark(at_ms=9000, state=JobState.CLAIMED, who="attic"),
)


def view(**fields: Any) -> JobView:
    made = {"job": "j1", "state": JobState.QUEUED, "fence": 1, "model": "demo", "session": "s", "received_ms": 1000}
    return JobView(**{**made, "marks": MARKS, **fields})


def shown(seen: JobView, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(Timeline(seen))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "drawn"),
    [
        (0, 1000, "━━━━━━━━"),
        (0, 250, "━━"),
        (250, 1000, "  ━━━━━━"),
        (1000, 1000, "       ╸"),
        (500, 500, "    ╸"),
        (500, 501, "    ╸"),
    ],
)
def test_a_bar_stands_where_its_time_was(from_ms: int, to_ms: int, drawn: str) -> None:
    assert bar(from_ms, to_ms, 1000, 8) == drawn


def test_a_job_that_took_no_time_has_bars_too() -> None:
    assert bar(0, 0, 0, 8) == "╸"


def test_a_wide_terminal_draws_the_steps_on_a_time_axis() -> None:
    head, axis, *rows, end = shown(view(attempts=2), 170)
    assert head == "j1 · demo · s"
    assert axis.split()[:4] == ["after", "took", "0", "─" * 22]
    assert [row.split()[-1] for row in rows[:3]] == ["received", "demo", "turn"]
    begins = [row.index("━") for row in rows[1:4]]
    lengths = [row.count("━") for row in rows[1:4]]
    assert lengths == [8, 7, 15]
    assert begins == [begins[0], begins[0] + 8, begins[0] + 15]
    assert rows[3].endswith(f"queued    studio  back to the queue · {REFUSED}")
    assert end == "2 tries so far"


@pytest.mark.parametrize("width", [30, 44, 60, 80, 120])
def test_at_any_width_nothing_is_cut_off(width: int) -> None:
    lines = shown(view(error=REFUSED), width)
    assert max(map(len, lines)) <= width
    together = "".join("".join(lines).split())
    for words in ("received", "claimed", "2.0s", "attic"):
        assert words in together
    assert "…" not in together


def test_a_job_whose_steps_are_gone_says_so() -> None:
    assert shown(view(marks=()), 80) == ["j1 · demo · s", NOT_KEPT, "not tried so far"]


@pytest.mark.parametrize(
    ("fields", "ending"),
    [
        (
            {
                "outcome": Outcome.REPLY,
                "usage": Usage(prompt_tokens=12, completion_tokens=5),
                "answered_by": "demo",
                "host": "home",
                "finish_reason": "stop",
            },
            "answered by demo on home · 12 + 5 tokens · stop",
        ),
        ({"outcome": Outcome.NOTICE, "cause": Cause.EXPIRED}, "ended in a notice: expired"),
        ({"outcome": Outcome.NOTICE, "cause": Cause.FAILED, "error": "e"}, "ended in a notice: failed (e)"),
        ({"error": "e"}, "last trouble: e"),
        ({"attempts": 2}, "2 tries so far"),
    ],
)
def test_each_end_is_told_in_a_line(fields: dict[str, Any], ending: str) -> None:
    assert shown(view(**fields), 100)[-1] == ending


@pytest.mark.parametrize("words", ["[/nothing]", "[bold]loud[/bold]", ":smile:", "\x1b[2J"])
@pytest.mark.parametrize("width", [50, 150])
def test_what_an_engine_said_is_neither_markup_nor_a_command(words: str, width: int) -> None:
    marks = (Mark(at_ms=1000, state=JobState.QUEUED, who=words, why=words),)
    said = "\n".join(shown(view(marks=marks, error=words), width))
    assert said.count(words.replace("\x1b", "\ufffd")) == 3
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"routed": "routing.rules[1]"}, "model demo, chosen by: routing.rules[1]"),
        ({"asked": "big"}, "demo answers in place of big, for which nobody was there"),
        (
            {"asked": "big", "routed": "short"},
            "model big, chosen by: short · demo answers in place of big, for which nobody was there",
        ),
    ],
)
def test_how_the_model_came_to_be_this_one_is_said(fields: dict[str, Any], line: str) -> None:
    assert shown(view(**fields), 120)[1] == line
    assert not shown(view(), 120)[1].startswith("model")
