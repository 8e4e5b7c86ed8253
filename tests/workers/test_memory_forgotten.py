"""What several people forget at once, and while a disk is scoured, leaves it without a restart."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from tasks.jobs import bookmarks
from tasks.jobs.forgetting import WHO
from tasks.jobs.values import Ways
from tasks.memory.rights.scouring import SCOURED, TO_SCOUR
from tests.workers.household import MODEL, until
from tests.workers.memory_worker import HELD, HOLD
from tests.workers.test_memory import Remembering, room  # noqa: F401 (a fixture)
from tests.workers.test_memory_wishes import granted, wish

WORDS = {"web:ada": "zanzibar", "web:bob": "carthage", "web:cid": "timbuktu", "web:dora": "samarkand"}
STAYS = {"web:eve": "lisbon"}


def tell(room: Remembering, person: str, word: str) -> None:  # noqa: F811
    about = {"user": person, "persona": "wren", "direct": True, "recall": True}
    room.flock.submit(f"I live in {word}", model=MODEL, session=person, **about)
    claim = room.flock.take(room.card, model=room.post.model_slug)
    room.flock.finish(claim, f"{word} is far")


def on_disk(folder: Path) -> set[str]:
    """Return which of the words are in any file below a folder."""
    found = set()
    for path, _, names in os.walk(folder):  # some of it may be taken away meanwhile
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                held = Path(path, name).read_bytes()
                found |= {word for word in WORDS.values() if word.encode() in held}
    return found


@pytest.mark.slow
def test_what_several_forget_at_once_and_during_a_scour_is_off_the_disk_without_a_restart(
    room: Remembering,  # noqa: F811
    tmp_path: Path,
) -> None:
    room.flock.ways = Ways(archive=True, recall_ms=0)
    for person, word in (WORDS | STAYS).items():
        tell(room, person, word)
    room.archive()
    holds = tmp_path / "holds"
    holds.mkdir()
    room.start_memory(ROOKERY_TEST_HOLDS=str(holds))
    until(lambda: room.mark() == len(WORDS | STAYS), f"all of it: {room.said.read_text()}")
    assert on_disk(room.settings.memory_dir) == set(WORDS.values())
    (holds / HOLD).touch()
    at_once = [wish(room, "forget", job=f"forget {person}", person=person) for person in ("web:ada", "web:bob")]
    for job in at_once:
        assert granted(room, job).forgotten == 2
    until((holds / HELD).exists, f"the scouring: {room.said.read_text()}")
    meanwhile = [wish(room, "forget", job=f"forget {person}", person=person) for person in ("web:cid", "web:dora")]
    for job in meanwhile:
        assert granted(room, job).forgotten == 2
    assert on_disk(room.settings.memory_dir) == set(WORDS.values())
    (holds / HELD).unlink()
    until(lambda: not on_disk(room.settings.memory_dir), f"the end of it on the disk: {room.said.read_text()}")

    def settled() -> bool:
        room.archive()  # beat, which asks every few seconds: Redis may be at its log for the first of them yet
        marks = room.flock.store.run(bookmarks.get_many(WHO, TO_SCOUR, SCOURED))
        return marks[TO_SCOUR] == marks.get(SCOURED)

    until(settled, f"that nothing is owed: {room.said.read_text()}")
    assert on_disk(room.settings.data_dir) == set()
    room.kill()
    assert room.remembered() == ["I live in lisbon", "lisbon is far"]
