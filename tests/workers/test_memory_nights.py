"""The worker that remembers, killed wherever it is in a night: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.contracts.queues import MEMORY
from tasks.jobs import bookmarks
from tasks.jobs.values import Claim
from tasks.memory.opening import memories_of
from tasks.memory.stores.store import VectorStore
from tasks.memory.tiers.digests import SUMMARY
from tasks.memory.tiers.night import NOTED, OFFICE, WHO
from tasks.memory.tiers.rounds import Round, ask
from tasks.memory.tiers.steps import everything
from tasks.memory.tiers.writing import ALL, POINTS
from tasks.memory.values import Memory, Tier
from tasks.memory.weighing import DAY_MS
from tests.tasks.memory.conftest import Directions, keep
from tests.tasks.memory.tiers.people import FIRST_MS, exchanges
from tests.workers.household import SLUG, until
from tests.workers.test_memory import Remembering

DAYS_AGO = 3
THAT_DAY = int(time.time() * 1000 - FIRST_MS) // DAY_MS - DAYS_AGO
SAID = exchanges(30, THAT_DAY)
SUMMED = "Ann: paid 7, 8 and 9 to Bob"


class Nights(Remembering):
    """Who remembers, with a month-old day among the memories."""

    def store(self) -> VectorStore:
        """Open the memories, once nobody else is at them."""
        return memories_of(self.settings, Directions.model, Directions.dimension).get()

    def remember(self, said: Iterable[Memory]) -> None:
        """Put memories there, before anybody is at them."""
        store = self.store()
        keep(store, *said)
        store.close()

    def done(self) -> int:
        """Return up to when a night was passed."""
        marks = self.flock.store.run(bookmarks.get_many(WHO))
        return max((int(at) for name, at in marks.items() if name.startswith("done:week")), default=0)

    def ring(self, which: Round) -> None:
        """Have a round made, and nobody wait for the lease of who died over the last one."""
        self.flock.client.delete(self.flock.store.key("lead", OFFICE))
        ask(self.flock.store, which)

    def all(self) -> list[Memory]:
        """Return all memories, once nobody else is at them."""
        store = self.store()
        try:
            return list(everything(store, ALL))
        finally:
            store.close()


@pytest.fixture
def nights(tmp_path: Path, redis_url: str) -> Iterator[Nights]:
    made = Nights(tmp_path, redis_url)
    yield made
    made.close()


@pytest.mark.slow
def test_a_model_is_asked_in_the_night_and_its_summary_takes_the_place_of_what_was_said(nights: Nights) -> None:
    nights.remember(replace(one, persona="rookery") for one in exchanges(3, THAT_DAY))
    nights.start_memory()
    nights.ring(Round.DAY)
    claim = until(lambda: nights.flock.claim(nights.card, model=SLUG), f"a job: {nights.said.read_text()}")
    assert isinstance(claim, Claim)
    assert "Ann: I paid 9 to Bob" in claim.request.text
    nights.flock.finish(claim, SUMMED)
    until(lambda: nights.flock.state(claim.job) == "delivered", f"its summary: {nights.said.read_text()}")
    nights.kill()
    [made] = nights.all()
    assert (made.text, made.tags, len(made.sources), made.status) == (SUMMED, (SUMMARY,), 6, "")


@pytest.mark.slow
def test_killed_with_a_summary_in_hand_it_is_rung_for_it_again(nights: Nights, tmp_path: Path) -> None:
    nights.remember(replace(one, persona="rookery") for one in exchanges(3, THAT_DAY))
    points = tmp_path / "points"
    points.mkdir()
    nights.start_memory(ROOKERY_CRASH_AT=str(points))
    nights.ring(Round.DAY)
    claim = until(lambda: nights.flock.claim(nights.card, model=SLUG), f"a job: {nights.said.read_text()}")
    (points / NOTED).touch()
    nights.flock.finish(claim, SUMMED)
    assert nights.ended() == 137, nights.said.read_text()
    assert (nights.flock.state(claim.job), nights.flock.bells(MEMORY)) == ("done", 0)  # its bell died with it
    assert {one.tier for one in nights.all()} == {Tier.SHORT}
    nights.flock.client.delete(nights.flock.store.key("lead", OFFICE))
    nights.start_memory()
    nights.flock.past(claim.job)
    nights.flock.sweep()
    until(lambda: nights.flock.state(claim.job) == "delivered", f"its summary: {nights.said.read_text()}")
    nights.kill()
    [made] = nights.all()
    assert (made.text, len(made.sources), made.status) == (SUMMED, 6, "")


@pytest.mark.slow
def test_killed_at_every_step_of_a_night_nothing_is_lost_and_nothing_is_there_twice(
    nights: Nights, tmp_path: Path
) -> None:
    nights.remember(SAID)
    points = tmp_path / "points"
    points.mkdir()
    for which in Round:
        for point in POINTS:
            (points / point).touch()
            nights.ring(which)
            nights.start_memory(ROOKERY_CRASH_AT=str(points))
            assert nights.ended() == 137, nights.said.read_text()
            cited = {id_ for one in nights.all() for id_ in one.sources}
            assert cited | {one.id for one in nights.all()} >= {one.id for one in SAID}, point
    nights.ring(Round.WEEK)
    nights.start_memory()
    until(lambda: nights.done() > 0, f"the end of the night: {nights.said.read_text()}")
    nights.kill()
    found = nights.all()
    assert {one.tier for one in found} == {Tier.LONG}
    assert [one.status for one in found] == [""] * len(found)
    assert {id_ for one in found for id_ in one.sources} == {one.id for one in SAID}
    lines = [line for one in found for line in one.text.splitlines()]
    assert len(lines) == len(set(lines)) >= 30
