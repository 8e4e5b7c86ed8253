"""How jobs look in a terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from tasks.contracts.jobs import JobState, JobView
from tasks.jobs.showing import jobs_table, plain


def shown(what: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def view(**fields: Any) -> JobView:
    made = {"job": "j1", "state": JobState.QUEUED, "fence": 1, "model": "demo", "session": "s", "received_ms": 1000}
    return JobView(**{**made, **fields})


@pytest.mark.parametrize("words", ["[/nothing]", "[bold]loud[/bold]", "[link=x]", ":smile:"])
def test_brackets_are_words_and_no_markup(words):
    assert shown(jobs_table([view(user=words, model=words, host=words)])).count(words) >= 3


@given(st.text())
def test_nothing_that_was_said_can_steer_the_terminal(text):
    assert not [char for char in plain(text).plain if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0]


def test_no_jobs_is_told_in_words():
    assert shown(jobs_table([])) == "no jobs\n"
