"""Whose memories come of what is asked over HTTP, and of what none ever do."""

from __future__ import annotations

import pytest

from bots import conversation
from bots.conversation import Said
from bots.panel import panel_of
from bots.web.native.asking import Generate, job_of, owned
from bots.web.native.summaries import Summarize
from bots.web.native.summaries import job_of as summary_of
from bots.web.visitors import HERE, OWNER
from tasks.contracts.fleet import Fleet, parse
from tasks.contracts.messages import JobRequest, Turn

TABLES = {"persona": [{"name": "wren", "model": "demo", "memory": True}]}


@pytest.fixture
def fleet() -> Fleet:
    """One persona that remembers."""
    return parse(TABLES, "test")


def asked(session: str, fleet: Fleet) -> JobRequest:
    return conversation.request_of(Said("web", session, "m", session, "I like tea."), fleet)


def test_without_keys_all_sessions_of_the_page_are_one_persons(fleet: Fleet) -> None:
    one, other = (owned(asked(session, fleet), HERE) for session in ("s1", "s2"))
    assert one.recall
    assert one.user != other.user
    assert one.person == other.person == "web:local"


def test_who_comes_with_a_key_is_that_key(fleet: Fleet) -> None:
    job = owned(asked("s1", fleet), OWNER)
    assert (job.user, job.person) == (OWNER.user, "")


def test_a_question_that_stands_by_itself_neither_recalls_nor_is_remembered(fleet: Fleet) -> None:
    alone = job_of(Generate(prompt="I like tea."), HERE, fleet, {})
    session = job_of(Generate(prompt="I like tea.", session="s1"), HERE, fleet, {})
    assert (alone.recall, alone.remember, session.recall, session.remember) == (False, False, True, True)


def test_a_summary_and_a_panel_recall_nothing(fleet: Fleet) -> None:
    said = [Turn(role="user", text="I like tea.", author="ann", job="m1")]
    summary, _ = summary_of(Summarize(channel="c"), said, HERE, fleet, {})
    panel = panel_of(Said("web", "s", "m", "u", "Why?"), ["wren", "demo"], fleet)
    assert not any(job.recall for job in (summary, panel.chair, *(member.request for member in panel.members)))
