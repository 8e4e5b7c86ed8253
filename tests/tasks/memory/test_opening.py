"""Memories are opened when they are first asked for, and again where they were away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts.errors import BackupDamaged, MemoryUnavailable
from tasks.contracts.settings import Settings, load
from tasks.memory.opening import Opened, kept, memories_of, restore, snapshot
from tasks.memory.stores import edge_folder, snapshots
from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore
from tasks.memory.stores.store import VectorStore
from tasks.memory.values import Memory, Whole
from tests.tasks.memory.directions import DIMENSION, keep


def settings(folder: Path, text: str = "", **environ: str) -> Settings:
    (folder / "rookery.toml").write_text(text, encoding="utf-8")
    return load(folder / "rookery.toml", environ)


def test_what_was_away_is_asked_for_again_and_opened_once() -> None:
    tries: list[VectorStore | None] = [None, QdrantStore(IN_MEMORY, "x", 4)]

    def opens() -> VectorStore:
        store = tries.pop(0)
        if store is None:
            raise MemoryUnavailable("away")
        return store

    opened = Opened("x", opens)
    with pytest.raises(MemoryUnavailable):
        opened.get()
    assert opened.get() is opened.get()
    opened.close()
    opened.close()


def test_without_a_server_they_are_in_a_folder_of_their_own_for_each_model(tmp_path: Path) -> None:
    told = settings(tmp_path)
    one, other = memories_of(told, "all-MiniLM-L6-v2", 384), memories_of(told, "all-mpnet-base-v2", 768)
    assert (one.name, other.name) == ("all-minilm-l6-v2-384", "all-mpnet-base-v2-768")
    assert not (tmp_path / "data" / "memory").exists()
    elsewhere = settings(tmp_path, f'[memory]\nfolder = "{tmp_path}/m"\n')
    opened = memories_of(elsewhere, "m", 4)
    opened.get()
    opened.close()
    assert [each.name for each in (tmp_path / "m").iterdir()] == ["m-4"]
    assert list(kept(elsewhere)) == ["m-4"]


def test_what_is_taken_of_one_folder_is_restored_into_another_whatever_made_it(tmp_path: Path) -> None:
    here, there = (settings(tmp_path, f'[memory]\nfolder = "{tmp_path / name}"\n') for name in ("here", "there"))
    assert snapshot(here, tmp_path / "nothing") == 0
    for model, text in (("old", "coffee"), ("new", "tea")):
        opened = memories_of(here, model, DIMENSION)
        keep(opened.get(), Memory(text, "t", "7", text, 1, model=model))
        opened.close()
    assert snapshot(here, tmp_path / "taken") == 2
    assert restore(there, tmp_path / "taken") == 2
    for name, opened in kept(there).items():
        [memory] = opened.get().page(Whole()).memories
        assert (f"{memory.model}-{DIMENSION}", memory.text) == (name, {"old": "coffee", "new": "tea"}[memory.model])
        opened.close()
    opened = memories_of(there, "new", DIMENSION)
    assert {memory.text for memory in opened.get().page(Whole()).memories} == {"coffee", "tea"}, "both are there"
    opened.close()


def test_a_damaged_part_keeps_all_of_it_from_being_restored(tmp_path: Path) -> None:
    here = settings(tmp_path)
    for model in ("a", "b"):
        opened = memories_of(here, model, DIMENSION)
        opened.get()
        opened.close()
    snapshot(here, tmp_path / "taken")
    (tmp_path / "taken" / f"b-{DIMENSION}" / snapshots.MANIFEST).unlink()
    there = settings(tmp_path, f'[memory]\nfolder = "{tmp_path / "there"}"\n')
    with pytest.raises(BackupDamaged):
        restore(there, tmp_path / "taken")
    assert kept(there) == {}


def test_what_is_no_folder_of_memories_is_left_alone(tmp_path: Path) -> None:
    told = settings(tmp_path)
    for name in ("copies", "mine-", "a-0", "x"):
        (told.memory_dir / name).mkdir(parents=True)
        (told.memory_dir / name / "dimension").touch()
    (told.memory_dir / f"old-4{edge_folder.GONE}").mkdir()
    assert kept(told) == {}
    assert not list(told.memory_dir.glob(f"*{edge_folder.GONE}")), "what somebody died over taking away is gone"
    opened = memories_of(told, "m", 4)
    assert opened.get().count(Whole()) == 0
    opened.close()


def test_on_a_server_each_environment_has_its_own_and_no_name_holds_the_key(tmp_path: Path) -> None:
    url = '[memory]\nurl = "http://127.0.0.1:1"\n'
    main, test = (
        memories_of(settings(tmp_path, url, ROOKERY_ENV=name, QDRANT_API_KEY="canary7"), "m", 4)
        for name in ("main", "test")
    )
    assert main.name != test.name
    assert "canary7" not in main.name
    with pytest.raises(MemoryUnavailable) as told:
        main.get()
    assert "canary7" not in str(told.value)
