"""A backup into an empty root: the same is found, the same settings hold; killed anywhere, it is done again."""

from __future__ import annotations

import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.backup import mark, memories, restoring
from tasks.backup.archive import opened as opened_archive
from tasks.backup.manifest import TRANSCRIPT, settings_hash
from tasks.contracts.errors import BackupDamaged, BadInput, ConfigurationError
from tasks.contracts.settings import Settings, load
from tasks.jobs import bookmarks, keys, roster, sessions
from tasks.memory import opening
from tasks.memory.opening import Opened
from tasks.memory.stores.qdrant import IN_MEMORY, QdrantStore
from tests.tasks.backup.conftest import Kept
from tests.tasks.backup.roost import ALL_SAID, SECRET, STORE, TOLD, Roost, found, ledger_of, remembered, restore, ways
from tests.tasks.jobs.flock import Flock
from tests.tasks.memory.conftest import DIMENSION, vectors_of
from tests.tasks.transcript.ledger import Ledger

POINTS = (restoring.BEGUN, restoring.UNPACKED, restoring.LOADED, restoring.REMEMBERED, restoring.IN_PLACE)
HELD = [
    *("config/rookery.toml", "data/adapters/wren/current.json", "data/discord/settings.json"),
    *("data/personalities/owl.toml", "ledger.jsonl"),
    *(f"memories/{STORE}/manifest.json", f"memories/{STORE}/memories.jsonl"),
    *("transcript.sqlite3", "workspaces/Wren/SOUL.md"),
]


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where nothing is yet."""
    return tmp_path / "new"


def arrived(root: Path, kept: Kept) -> Settings:
    """Assert that all files are there again, and return the settings."""
    settings = load(root / "rookery.toml", {})
    assert settings_hash(settings) == kept.settings
    assert [persona.name for persona in settings.fleet.personas] == ["Wren", "owl"]
    assert settings.fleet.personas[0].adapter == "wren-3"
    assert "Quick and shy." in settings.fleet.personas[0].prompt
    assert (settings.data_dir / "discord" / "settings.json").is_file()
    assert (settings.data_dir / "adapters" / "wren" / "current.json").read_text() == '{"adapter": "wren-3"}'
    assert not mark.unfinished(settings.data_dir)
    assert not [path for path in root.rglob("*") if path.name.startswith((".rookery-", ".restoring-"))]
    return settings


def said_in(settings: Settings) -> list[str]:
    """Return what was said, once what is owed is written down."""
    ledger = Ledger(Flock(settings.redis_url), settings.transcript_url)
    try:
        return [exchange.question for exchange in ledger.archive()]
    finally:
        ledger.close()


def killed_at(point: str, source: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore until a point, and no farther."""

    def reach(reached: str) -> None:
        if reached == point:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(restoring, "reach", reach)
        with pytest.raises(Killed):
            restore(source, root)


def test_in_an_empty_root_the_same_is_found_and_the_same_settings_hold(kept: Kept, root: Path) -> None:
    restored = restore(kept.plain, root, memories.restore)
    settings = arrived(root, kept)
    assert (restored.same_settings, restored.memories, restored.homeless) == (True, len(TOLD), ())
    assert found(settings) == kept.found
    assert kept.found["dog"] != kept.found["tea"]
    assert sorted(kept.said.members) == HELD
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((settings.data_dir / TRANSCRIPT).stat().st_mode) == 0o600


def test_the_ledger_goes_on_where_it_was(kept: Kept, root: Path) -> None:
    settings = restore(kept.plain, root).settings
    with ledger_of(settings) as store:
        assert store.client.lrange("rookery:session:web:wren:0", 0, -1) == kept.window
        assert store.client.llen("rookery:session:web:wren:1") == len(TOLD)  # two exchanges, all in the transcript
        assert store.run(bookmarks.get("memory", STORE)) == "4"
        key = store.run(keys.find(keys.digest("rk_secret")))
        assert key is not None
        assert key.name == "prometheus"
        assert store.run(roster.disabled())["owl"].why == "it sleeps by day"
        assert store.run(sessions.epoch("web:wren")) > 0
        assert store.run(sessions.epoch("web:another")) == 0
        assert store.client.ttl("rookery:session:web:wren:0") > 0
        assert not list(store.client.scan_iter("rookery:job:*"))  # nobody is told anything twice
    assert said_in(settings) == ALL_SAID  # the last of them was in no transcript yet


def test_what_was_said_while_it_was_made_is_read_from_the_transcript(
    roost: Roost, tmp_path: Path, redis_url: str
) -> None:
    def go_on(_folder: Path) -> int:  # the ledger was read by then, and the transcript not yet
        roost.ledger.say("and my cat is called Tom", session="web:wren:1")
        roost.ledger.archive()
        return 0

    roost.backup(tmp_path / "b.zip", memories=go_on)
    roost.ledger.flock.client.flushall()
    shutil.rmtree(roost.workspace)
    settings = restore(tmp_path / "b.zip", tmp_path / "new").settings
    with ledger_of(settings) as store:
        assert not store.client.exists("rookery:session:web:wren:1")  # its next question has it read again
        assert store.client.zscore("rookery:sessions", "web:wren:1") is not None
    assert said_in(settings)[-1] == "and my cat is called Tom"


def test_secrets_are_there_only_where_they_were_asked_for(kept: Kept, root: Path) -> None:
    assert SECRET.encode() not in kept.plain.read_bytes()
    assert not (restore(kept.plain, root).settings.data_dir / "flower.password").exists()
    with ledger_of(load(root / "rookery.toml", {})) as store:
        store.client.flushall()
    again = restore(kept.secret, root.with_name("newer")).settings
    assert (again.data_dir / "flower.password").read_text() == SECRET


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_it_is_done_again(point: str, kept: Kept, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_at(point, kept.plain, root, monkeypatch)
    with pytest.raises(ConfigurationError, match="not restored to its end"):
        mark.refuse_unfinished(root / "data")
    restored = restore(kept.plain, root)
    assert restored.memories == len(TOLD)
    assert said_in(arrived(root, kept)) == ALL_SAID


# ---------------------------------------------------------------- what is in the way
def test_what_is_there_is_never_touched(kept: Kept, root: Path) -> None:
    (root / "data").mkdir(parents=True)
    (root / "data" / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match=r"something is where the backup belongs:\n.*data") as told:
        restore(kept.plain, root)
    assert "--into" in told.value.next_step
    assert [path.name for path in root.rglob("*")] == ["data", "mine.txt"]


def test_other_settings_in_the_root_are_in_the_way(kept: Kept, root: Path) -> None:
    root.mkdir()
    (root / "rookery.toml").write_text("# mine\n")
    with pytest.raises(BadInput, match=r"rookery\.toml"):
        restore(kept.plain, root)
    assert (root / "rookery.toml").read_text() == "# mine\n"
    assert not any((root / "data").glob("*"))


def test_a_workspace_that_went_another_way_is_in_the_way_and_the_same_one_is_not(kept: Kept, root: Path) -> None:
    kept.workspace.mkdir()
    soul = kept.workspace / "SOUL.md"
    soul.write_text("Loud.")
    with pytest.raises(BadInput, match=r"SOUL\.md"):
        restore(kept.plain, root)
    soul.write_text("Quick and shy.")
    restore(kept.plain, root)


def test_a_redis_that_holds_a_flock_is_in_the_way(kept: Kept, root: Path, redis_url: str) -> None:
    Flock(redis_url).submit()
    with pytest.raises(BadInput, match="holds a flock already"):
        restore(kept.plain, root)


def test_memories_on_a_server_are_in_the_way(kept: Kept, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Opened(STORE, lambda: QdrantStore(IN_MEMORY, STORE, DIMENSION))
    opened.get().put([(memory := remembered(0, TOLD[0]), vectors_of(memory))])
    monkeypatch.setattr(opening, "kept", lambda _settings: {STORE: opened})
    with opened_archive(kept.plain) as archive, pytest.raises(BadInput, match="has memories of this flock"):
        restoring.Restoring(
            archive, root, replace(ways(), environ={"ROOKERY_MEMORY_URL": "http://127.0.0.1:1"})
        ).restore()


def test_another_backup_does_not_go_on_with_one_that_was_not_finished(
    kept: Kept, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at(restoring.BEGUN, kept.plain, root, monkeypatch)
    with pytest.raises(BadInput, match=r"restoring\.json"):
        restore(kept.secret, root)


def test_a_backup_beside_what_was_lost_is_no_hindrance(kept: Kept, root: Path) -> None:
    here = root / "data" / "backups" / "b.zip"
    here.parent.mkdir(parents=True)
    shutil.copy(kept.plain, here)
    restore(here, root)
    assert here.is_file()
    arrived(root, kept)


def test_a_damaged_backup_restores_nothing(kept: Kept, root: Path, tmp_path: Path) -> None:
    with opened_archive(kept.plain) as archive:
        at = archive._zip.getinfo(TRANSCRIPT).header_offset + 200
    content = bytearray(kept.plain.read_bytes())
    content[at] ^= 0xFF
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(BackupDamaged, match="is damaged"):
        restore(tmp_path / "b.zip", root)
    assert not root.exists()


def test_a_disk_without_room_is_told_of_before_anything_is_written(
    kept: Kept, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(_path: Any) -> Any:
        return shutil._ntuple_diskusage(100, 90, 10)  # type: ignore[attr-defined]

    monkeypatch.setattr(shutil, "disk_usage", usage)
    with pytest.raises(ConfigurationError, match="GiB left"):
        restore(kept.plain, root)
    assert not any((root / "data").glob("*"))


def test_settings_that_are_others_here_are_told_of(kept: Kept, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened_archive(kept.plain) as archive:
        monkeypatch.setattr(archive, "said", archive.said.model_copy(update={"settings": "others"}))
        assert not restoring.Restoring(archive, root, ways()).restore().same_settings
