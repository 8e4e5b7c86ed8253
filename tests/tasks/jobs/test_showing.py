"""How jobs and the flock look in a terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from tasks.contracts.jobs import JobState, JobView
from tasks.jobs.showing import age, jobs_table, plain, status_view
from tasks.jobs.values import Backlog, HostSeen, Status

EMPTY = Status(now_ms=100_000, heartbeat_ms=0, live=0, dead=0, backlogs=(), hosts=())
ABOUT = {"engine": "llamacpp", "models": [{"name": "demo", "demo": True, "state": "ready"}]}


def shown(what: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def view(**fields: Any) -> JobView:
    made = {"job": "j1", "state": JobState.QUEUED, "fence": 1, "model": "demo", "session": "s", "received_ms": 1000}
    return JobView(**{**made, **fields})


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1000, "1.0 s"),
        (59_999, "60.0 s"),
        (60_000, "1 min 0 s"),
        (3_600_000, "1 h 0 min"),
    ],
)
def test_durations_read_as_people_say_them(ms, words):
    assert age(ms) == words


def test_an_empty_flock_says_what_to_do():
    said = shown(status_view(EMPTY))
    assert "no host has ever been up; `rookery up` starts one" in said
    assert "beat was never heard" in said
    assert "nothing waits" in said


def test_hosts_show_what_they_hold_and_the_demo_model_is_called_that():
    hosts = (HostSeen("home", True, 1, ABOUT), HostSeen("attic", False, 1, {}))
    lines = shown(status_view(Status(100_000, 90_000, 2, 1, (Backlog("demo", 3, 95_000, 1),), hosts))).splitlines()
    assert lines[0].strip() == "2 live jobs · 1 dead · beat was heard 10.0 s ago"
    assert next(line for line in lines if "home" in line).split()[1:3] == ["up", "llamacpp"]
    assert "demo (demo model) · ready" in next(line for line in lines if "home" in line)
    assert next(line for line in lines if "attic" in line).split()[1] == "gone"
    assert lines[-1].split() == ["demo", "3", "5.0", "s", "1"]


@pytest.mark.parametrize("words", ["[/nothing]", "[bold]loud[/bold]", "[link=x]", ":smile:"])
def test_brackets_are_words_and_no_markup(words):
    assert shown(jobs_table([view(user=words, model=words, host=words)])).count(words) >= 3
    about = {"engine": words, "models": [{"name": words, "state": "ready"}]}
    assert shown(status_view(Status(1, 1, 0, 0, (), (HostSeen(words, True, 1, about),)))).count(words) == 3


@given(st.text())
def test_nothing_that_was_said_can_steer_the_terminal(text):
    assert not [char for char in plain(text).plain if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0]


def test_no_jobs_is_told_in_words():
    assert shown(jobs_table([])) == "no jobs\n"
