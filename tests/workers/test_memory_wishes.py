"""What people want of their memories, from a worker that is killed wherever it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.contracts.jobs import JobState
from tasks.contracts.wishes import Granted, Wish, request_for
from tasks.jobs.values import Ways
from tasks.memory.rights.forgetting import BURIED, CHOSEN, CLEARED, DELETED, ERASED
from tests.workers.household import until
from tests.workers.test_memory import ADA, MODEL, REX, Remembering, room  # noqa: F401 (a fixture)


def tell(room: Remembering, text: str) -> None:  # noqa: F811
    job = room.flock.submit(text, model=MODEL, session="s", **ADA, recall=True)
    claim = room.flock.take(room.card, model=room.post.model_slug)
    assert claim.job == job
    room.flock.finish(claim, "noted")


def wish(room: Remembering, kind: Any, about: str = "", job: str = "w", person: str = "web:ada") -> str:  # noqa: F811
    wanted = Wish(kind=kind, about=about, as_json=True)
    return room.flock.accept(request_for(wanted, job, person, direct=True, persona="wren")).job


def granted(room: Remembering, job: str) -> Granted:  # noqa: F811
    until(lambda: room.flock.view(job).ended, f"its answer: {room.said.read_text()}")
    view = room.flock.view(job)
    assert view.state is JobState.DELIVERED
    return Granted.model_validate_json(view.text)


@pytest.mark.slow
@pytest.mark.parametrize("about", ["Rex", ""])
def test_killed_at_every_step_it_forgets_all_of_it_and_no_more(room: Remembering, tmp_path: Path, about: str) -> None:  # noqa: F811
    room.flock.ways = Ways(archive=True, recall_ms=0)
    for text in (REX, "I like tea"):
        tell(room, text)
    room.archive()
    room.start_memory()
    until(lambda: room.mark() == 2, "all of it")
    room.kill()
    points = tmp_path / "points"
    points.mkdir()
    job = wish(room, "forget", about)
    for point in (CHOSEN, BURIED, CLEARED, DELETED, ERASED):
        (points / point).touch()
        room.start_memory(ROOKERY_CRASH_AT=str(points))
        assert room.ended() == 137, room.said.read_text()
        room.flock.past(job)
        room.flock.sweep()
    room.start_memory()
    told = granted(room, job)
    assert (told.forgotten, told.turns) == ((1, 1) if about else (4, 4))
    room.kill()
    assert room.remembered() == (["I like tea", "noted", "noted"] if about else [])
