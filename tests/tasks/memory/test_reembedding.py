"""The model changes: who remembers goes on where it was, and nothing that was forgotten or summed up comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.contracts.clock import ManualClock
from tasks.contracts.errors import MemoryLocked, MemoryUnavailable
from tasks.contracts.settings import Settings, load
from tasks.jobs import bookmarks
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.ingest import WHO, Ingester
from tasks.memory.opening import kept, memories_of
from tasks.memory.reembedding import WORKS_S, Reembedder
from tasks.memory.stores.carrying import Carrying
from tasks.memory.values import Kind, Memory, Tier, Wanted, Whole
from tests.tasks.memory.directions import DIMENSION, Directions, keep
from tests.tasks.memory.hall import Hall
from tests.tasks.memory.stores.test_carrying import NEW, Halves


class Changing(Hall):
    """A hall whose memories are in a folder, and whose model may become another."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        (folder / "rookery.toml").write_text("", encoding="utf-8")
        self.settings: Settings = load(folder / "rookery.toml", {})
        super().__init__(redis_url, folder)
        self.use(Directions())

    def use(self, embedder: Embedder) -> None:
        """Begin anew with this model."""
        self.opened.close()
        self.opened = memories_of(self.settings, embedder.model, embedder.dimension)
        self.recaller._opened, self.recaller._embedder = self.opened, embedder
        self.ingester = Ingester(self.flock.store, self.opened, embedder, self.reader, self.ending)
        self.reembedder = Reembedder(self.flock.store, self.opened, embedder, self.ending)

    def marks(self) -> dict[str, str]:
        return self.flock.store.run(bookmarks.get_many(WHO))

    def carry(self) -> None:
        while self.reembedder.carry():
            pass


@pytest.fixture
def changing(redis_url: str, tmp_path: Path) -> Iterator[Changing]:
    made = Changing(redis_url, tmp_path)
    yield made
    made.close()


OLD, LATER = f"directions-{DIMENSION}", f"halves-{NEW}"


def test_another_model_takes_over_what_there_is_and_goes_on_from_there(changing: Changing) -> None:
    changing.tell("my dog is called Rex", reply="Rex!")
    changing.tell("I live in Oslo", reply="Noted.")
    [dog, *_rest] = changing.remember()
    place = next(one for one in changing.remembered() if one.text == "I live in Oslo")
    changing.store.delete(Whole(), ids=[place.id])  # it was summed up, or forgotten
    changing.store.amend([replace(dog, pinned=True, recalls=3)])
    keep(changing.store, Memory("digest", dog.tenant, "wren", "lives in Oslo", 1, kind=Kind.DIGEST, tier=Tier.LONG))
    [mark] = changing.marks().values()
    changing.use(Halves())
    assert isinstance(changing.store, Carrying)
    assert "Rex" in changing.ask("what is my dog called?", session="while").recalled
    changing.carry()
    assert changing.marks() == {LATER: mark}
    changing.tell("my cat is called Tom", session="after", reply="Tom!")
    texts = {memory.text for memory in changing.remember()}
    assert {"my dog is called Rex", "Rex!", "lives in Oslo", "my cat is called Tom", "Tom!"} <= texts
    assert "I live in Oslo" not in texts
    [there] = changing.store.get([dog.id], Whole())
    assert (there.pinned, there.recalls >= 3, there.model) == (True, True, "halves")
    assert list(kept(changing.settings)) == [LATER]
    assert {memory.model for memory in changing.remembered()} == {"halves"}
    assert "Rex" in changing.ask("what is my dog called?", session="then").recalled


def test_what_is_said_meanwhile_is_remembered_with_the_new_model(changing: Changing) -> None:
    changing.tell("my dog is called Rex", reply="Rex!")
    changing.remember()
    changing.use(Halves())
    changing.reembedder._begin(changing.store)  # type: ignore[arg-type]
    changing.tell("my cat is called Tom", session="other", reply="Tom!")
    assert {memory.text: memory.model for memory in changing.remember()}["Tom!"] == "halves"
    changing.carry()
    assert {memory.model for memory in changing.remembered()} == {"halves"}
    assert len(changing.remembered()) == 4


def test_back_to_the_former_model_before_the_end_all_is_there(changing: Changing) -> None:
    for number in range(6):
        changing.tell(f"fact {number}", session=str(number), reply=f"noted {number}")
    before = [memory.text for memory in changing.remember()]
    changing.use(Halves())
    changing.store.carry(Halves())  # type: ignore[attr-defined]
    changing.use(Directions())
    changing.carry()
    assert [memory.text for memory in changing.remember()] == before
    assert {memory.model for memory in changing.remembered()} == {"directions"}
    assert (list(kept(changing.settings)), list(changing.marks())) == ([OLD], [OLD])


def test_it_works_for_a_moment_at_a_time_and_ends_when_it_is_told_to(changing: Changing) -> None:
    keep(changing.store, *(Memory(f"m{number}", "t", "7", f"tea {number}", 1) for number in range(40)))
    changing.use(Halves())
    clock = ManualClock()
    made = Halves()
    embed = made.embed
    made.embed = lambda texts: (clock.sleep(WORKS_S), embed(texts))[1]  # type: ignore[method-assign]
    slow = Reembedder(changing.flock.store, changing.opened, made, changing.ending, clock)
    assert slow.carry() is True
    assert made.calls == 1
    changing.ending.set()
    assert slow.carry() is False, "nobody rings for it again"
    assert made.calls == 2
    assert changing.store.count(Whole(), Wanted(superseded=True)) == 40


def test_where_nothing_changed_nothing_is_done(changing: Changing) -> None:
    keep(changing.store, Memory("m", "t", "7", "tea", 1))
    assert changing.reembedder.carry() is False
    assert changing.marks() == {}


def test_one_thread_carries_at_a_time(changing: Changing) -> None:
    keep(changing.store, Memory("m", "t", "7", "tea", 1))
    changing.use(Halves())
    alone = threading.Lock()
    other = Reembedder(changing.flock.store, changing.opened, Halves(), changing.ending, alone=alone)
    with alone:
        assert other.carry() is False
    assert changing.store.former  # type: ignore[attr-defined]


def test_former_memories_that_cannot_be_opened_are_told_of_and_nothing_is_begun(changing: Changing) -> None:
    keep(changing.store, Memory("m", "t", "7", "tea", 1))
    changing.opened.close()
    [shard] = (changing.settings.memory_dir / OLD).glob("shard*")
    for file in shard.rglob("*.json"):
        file.write_text("{")
    later = memories_of(changing.settings, "halves", NEW)
    with pytest.raises(MemoryUnavailable, match="carried over to another model, cannot be opened") as told:
        later.get()
    assert "move them away" in told.value.next_step
    (changing.settings.memory_dir / OLD).rename(changing.settings.data_dir / "away")
    assert later.get().count(Whole()) == 0
    later.close()


def test_former_memories_that_another_process_has_open_are_waited_for(changing: Changing) -> None:
    keep(changing.store, Memory("m", "t", "7", "tea", 1))
    later = memories_of(changing.settings, "halves", NEW)
    with pytest.raises(MemoryLocked):
        later.get()
    changing.opened.close()
    assert later.get().count(Whole()) == 1
    later.close()
