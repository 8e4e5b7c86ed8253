"""`rookery backup` and `rookery restore`: of a flock that runs, of one that does not, with a Redis of its own."""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.backup import mark
from tasks.backup.manifest import settings_hash
from tasks.contracts.errors import BadInput, ConfigurationError, MemoryUnavailable
from tasks.contracts.membership import JOINED_FILE, Joined
from tasks.contracts.queues import MEMORY
from tasks.contracts.settings import Settings, load
from tasks.jobs import bookmarks, remembering
from tasks.memory import copies
from tasks.memory.opening import Opened
from tests.command import Command
from tests.tasks.backup.roost import STORE, TOLD, Roost, found, memories_of
from workers.cli_backup import called
from workers.supervision import briefly


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """`rookery` in an empty folder."""
    return Command(tmp_path)


@pytest.fixture
def roost(tmp_path: Path, redis_url: str) -> Iterator[Roost]:
    """A root in which something is remembered."""
    made = Roost(tmp_path / "old", redis_url)
    made.remember()
    yield made
    made.close()


@contextlib.contextmanager
def somebody_remembers(roost: Roost) -> Iterator[None]:
    """Have the memories open, and copy them for who rings."""
    store, client = roost.store, roost.ledger.flock.client
    store.run(remembering.is_up(600.0))

    def hear(opened: Opened) -> None:
        _queue, bell = client.brpop(MEMORY)
        with contextlib.suppress(ValueError):
            token = json.loads(bell)["headers"]["id"].removeprefix("copy-")
            copies.make(store, opened, roost.settings.memory_dir, token)

    with memories_of(roost.settings) as memories:
        thread = threading.Thread(target=hear, args=(Opened(STORE, lambda: memories),))
        thread.start()
        yield
        client.lpush(MEMORY, "it is over")  # whoever was not rung for ends as well
        thread.join()


def test_a_flock_that_runs_is_backed_up_and_is_the_same_elsewhere(roost: Roost, tmp_path: Path) -> None:
    roost.live()
    known, settings = found(roost.settings), settings_hash(roost.settings)
    with somebody_remembers(roost):
        made = Command(roost.root).invoke("backup", str(tmp_path / "kept"))
    [target] = (tmp_path / "kept").iterdir()
    assert str(target) in made.out
    assert "left out: passwords and keys of this machine; --with-secrets takes them along" in made.out
    roost.ledger.flock.client.flushall()
    shutil.rmtree(roost.workspace)
    restored = Command(tmp_path).invoke("restore", str(target), "--into", str(tmp_path / "new"))
    assert f"memories     {len(TOLD)}" in restored.out
    assert f"Next: `cd {tmp_path / 'new'} && {called()} up`." in restored.out
    again = load(tmp_path / "new" / "rookery.toml", {})
    assert (found(again), settings_hash(again)) == (known, settings)


def test_memories_that_somebody_has_open_who_says_nothing_are_not_left_out_in_silence(
    roost: Roost, tmp_path: Path
) -> None:
    with memories_of(roost.settings):
        with pytest.raises(MemoryUnavailable, match="says nothing") as told:
            Command(roost.root).invoke("backup", str(tmp_path / "kept"))
        assert "--without-memories" in told.value.next_step
        assert not list((tmp_path / "kept").iterdir())
        assert Command(roost.root).invoke("backup", str(tmp_path / "kept"), "--without-memories").code == 0


def ours(root: Path, port: int) -> Settings:
    """Return the settings of a root whose Redis is its own, and have it remember how far it came."""
    root.mkdir()
    (root / "rookery.toml").write_text(f"[redis]\nport = {port}\n[jobs]\ndeadline_s = 77\n", encoding="utf-8")
    settings = load(root / "rookery.toml", {})
    settings.data_dir.mkdir(mode=0o700)
    with briefly.ledger_of(settings) as store:
        store.run(bookmarks.put("memory", STORE, 4))
    return settings


def test_a_flock_that_does_not_run_has_its_own_redis_for_as_long_as_it_takes(tmp_path: Path, free_port) -> None:
    settings = ours(tmp_path / "old", free_port())
    assert Command(settings.folder).invoke("backup", str(tmp_path / "b.zip")).code == 0
    shutil.rmtree(settings.folder)
    assert Command(tmp_path).invoke("restore", str(tmp_path / "b.zip"), "--into", str(settings.folder)).code == 0
    with briefly.ledger_of(settings) as store:
        assert store.run(bookmarks.get("memory", STORE)) == "4"
    with pytest.raises(BadInput, match="something is where the backup belongs"):
        Command(tmp_path).invoke("restore", str(tmp_path / "b.zip"), "--into", str(settings.folder))


def test_what_was_never_started_is_settings_alone(command: Command, tmp_path: Path) -> None:
    command.settings("[jobs]\ndeadline_s = 77\n")
    assert "2 files" in command.invoke("backup").out
    [target] = (tmp_path / "data" / "backups").glob("*.zip")
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    command.invoke("restore", str(target), "--into", str(tmp_path / "new"))
    assert (tmp_path / "new" / "rookery.toml").read_text() == "[jobs]\ndeadline_s = 77\n"


def test_a_machine_that_joined_has_nothing_to_back_up(command: Command, tmp_path: Path) -> None:
    joined = Joined(machine="attic", address="127.0.0.1:1", secret="s" * 32, namespace="rookery")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / JOINED_FILE).write_text(joined.model_dump_json(), encoding="utf-8")
    command.settings("")
    with pytest.raises(ConfigurationError, match="joined a flock as 'attic'"):
        command.invoke("backup")


def test_nobody_starts_what_was_not_restored_to_its_end(command: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / mark.MARK).write_text("{}")
    command.settings("")
    with pytest.raises(ConfigurationError, match="not restored to its end"):
        command.invoke("up")


def test_what_is_to_be_called_next_can_be_called_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "my flock" / ".venv" / "bin"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert called(folder / "python") == f"'{folder / 'python'}' -m rookery"
    script = folder / "rookery"
    script.touch(mode=0o755)
    assert called(folder / "python") == f"'{script}'"
    monkeypatch.setenv("PATH", str(folder))
    assert called(folder / "python") == "rookery"
