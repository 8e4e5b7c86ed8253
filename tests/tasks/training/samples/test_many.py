"""More than fits into memory, of which only a page is there at a time."""

from __future__ import annotations

import json
import threading
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import insert

from tasks.contracts.personas import Persona
from tasks.jobs import consents
from tasks.jobs.store import Store
from tasks.training.runs.spec import Workshop
from tasks.training.samples.step import Span, export
from tasks.transcript.tables import Exchange, Feedback, TurnRow
from tests.tasks.training.samples.talk import ADA, IMITATE, LIKED, UNTIL_MS, Talk, spec

EXCHANGES = 10_000
WORDS = "word " * 2_000  # 10,000 characters, in each of two turns: 200 MB of text
MOST_MIB = 96


def fill(talk: Talk, liked_every: int) -> None:
    """Have somebody say as much in two hundred conversations."""
    record = json.dumps({"direct": "1"})
    same = dict.fromkeys(("platform", "bot", "chat", "model", "adapter", "host", "cause", "flags", "marks"), "")
    same |= {
        "tenant": "web",
        "user": ADA,
        "persona": "rook",
        "state": "delivered",
        "outcome": "reply",
        "record": record,
    }
    same |= {"remember": True, "private": True, "prompt_tokens": 0, "completion_tokens": 0}
    with talk.engine.begin() as connection:
        for start in range(0, EXCHANGES, 500):
            numbers = range(start, start + 500)
            when = [{"received_ms": 1 + n, "answered_ms": 2 + n, "ended_ms": 3 + n} for n in numbers]
            named = [{"job": f"j{n}", "first": f"j{n}", "session": f"web:rook:{n % 200}"} for n in numbers]
            rows = [{**same, **times, **names} for times, names in zip(when, named, strict=True)]
            connection.execute(insert(Exchange), rows)
            turns = [
                {"job": f"j{n}", "turn": turn, "role": role, "author": "", "text": f"{WORDS}{n} {role}", "at_ms": n}
                for n in numbers
                for turn, role in enumerate(("user", "assistant"))
            ]
            connection.execute(insert(TurnRow), turns)
            about = {"bot": "", "chat": "", "message": "", "user": ADA, "opinion": "up", "text": "", "undone": False}
            thumbs = [
                {**about, "entry": f"{n}", "job": f"j{n}", "at_ms": 4 + n} for n in numbers if n % liked_every == 0
            ]
            connection.execute(insert(Feedback), thumbs)


@pytest.mark.slow
@pytest.mark.parametrize("persona", [LIKED, IMITATE], ids=lambda one: one.learns)
def test_two_hundred_megabytes_of_talk_are_read_a_page_at_a_time(
    persona: Persona, talk: Talk, redis_url: str, tmp_path: Path
) -> None:
    fill(talk, liked_every=10)
    store = Store.open(redis_url)
    store.run(consents.agree(ADA))
    settings: Any = SimpleNamespace(folder=tmp_path)
    registry: Any = None
    told = Workshop(lambda: settings, store, talk.url, registry, cast(Any, print), lambda *_: None, threading.Event())
    tracemalloc.start()
    counts = export(spec(persona), Span(from_ms=0, until_ms=UNTIL_MS, exchanges=EXCHANGES), told, tmp_path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    store.close()
    assert counts.new == (EXCHANGES // 10 if persona is LIKED else EXCHANGES - 200)
    assert most / 2**20 < MOST_MIB
