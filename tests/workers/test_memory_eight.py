"""Eight write while who remembers is killed again and again: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.jobs.values import Claim
from tasks.memory.ingest import BATCH, KEPT, MARKED
from tests.workers.household import PATIENCE_S, until
from tests.workers.memory_writer import said
from tests.workers.test_memory import Remembering

WRITERS = [f"writer{number}" for number in range(8)]
ANY_TIME, AT_WORK = "any time", "at work"  # when it is killed from outside; otherwise it dies at a point
KILLS = (KEPT, AT_WORK, MARKED, ANY_TIME, KEPT, AT_WORK, ANY_TIME, MARKED)
A_KILL = 2 * BATCH  # exchanges for each, so that some are remembered before and some after it
EACH = (len(KILLS) + 1) * A_KILL // len(WRITERS)
KILLED = 137


class Writing(Remembering):
    """Who remembers, and eight who write; a test answers them."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        super().__init__(folder, redis_url)
        self.points = folder / "points"
        self.points.mkdir()
        self.answered, self.chance = 0, random.Random(8)
        self.writers = [
            subprocess.Popen(
                [sys.executable, "-P", "-m", "tests.workers.memory_writer", redis_url, writer, str(EACH)],
                env=self.house.command.environ(),
                stdin=subprocess.DEVNULL,
            )
            for writer in WRITERS
        ]

    def restart(self) -> None:
        """Start who remembers, who may die wherever a file says so."""
        self.start_memory(ROOKERY_CRASH_AT=str(self.points))

    def answer(self, count: int) -> None:
        """Answer so many of those who write, and have it written down."""
        for _ in range(count):
            claim = until(lambda: self.flock.claim(self.card, model=self.post.model_slug), f"answer {self.answered}")
            assert isinstance(claim, Claim)
            assert self.flock.finish(claim, f"noted: {claim.request.text}")
            self.answered += 1
        self.archive()

    def die(self, how: str) -> None:
        """Have who remembers killed in this way, while there is something to remember."""
        assert self.memory is not None
        if how in (KEPT, MARKED):
            (self.points / how).touch()
        before = self.mark()
        self.answer(A_KILL)
        if how in (KEPT, MARKED):
            assert self.ended() == KILLED, self.said.read_text()
            return
        if how == AT_WORK:
            until(lambda: self.mark() > before, f"some of it: {self.said.read_text()}")
        else:
            time.sleep(self.chance.uniform(0, 3))
        assert self.memory.poll() is None, self.said.read_text()
        self.kill()

    def close(self) -> None:
        """End everything."""
        for writer in self.writers:
            writer.kill()
            writer.wait()
        super().close()


@pytest.fixture
def writing(tmp_path: Path, redis_url: str) -> Iterator[Writing]:
    """Two worker processes, eight writers, and a test between them."""
    made = Writing(tmp_path, redis_url)
    yield made
    made.close()


@pytest.mark.slow
def test_eight_write_while_it_is_killed_and_nothing_is_lost_or_doubled(writing: Writing) -> None:
    for how in KILLS:
        writing.restart()
        writing.die(how)
    writing.restart()
    writing.answer(A_KILL)
    assert [writer.wait(PATIENCE_S) for writer in writing.writers] == [0] * len(WRITERS)
    until(lambda: writing.mark() == writing.answered, f"all of it: {writing.said.read_text()}")
    writing.kill()
    facts = [said(writer, number) for writer in WRITERS for number in range(EACH)]
    assert writing.answered == len(facts)
    assert writing.remembered() == sorted([*facts, *(f"noted: {fact}" for fact in facts)])
