"""A backup is whole or not there at all, and never in the place of another one."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.backup import making
from tasks.backup.archive import opened
from tasks.backup.making import Making, Wishes, file_for
from tasks.backup.workshop import LOCK, PREFIX, workshop
from tasks.contracts.errors import AlreadyRunning, BadInput, ConfigurationError, MemoryUnavailable
from tasks.contracts.settings import load
from tests.command import REPO
from tests.tasks.backup.roost import Roost

KILLED = """
import sys
from pathlib import Path
from tasks.backup.making import Making, Wishes
from tasks.contracts.settings import load
Making(load(Path(sys.argv[1]), {}), None, Wishes()).write(Path(sys.argv[2]))
"""


def bare(root: Path) -> Making:
    """Return the making of a backup of a root that has settings and nothing else."""
    root.mkdir()
    (root / "rookery.toml").write_text('[redis]\nurl = "redis://:hush@127.0.0.1:1/0"\n', encoding="utf-8")
    return Making(load(root / "rookery.toml", {}), None, Wishes())


def test_what_is_of_that_name_already_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    with pytest.raises(BadInput, match="there already"):
        bare(tmp_path / "root").write(tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_text() == "mine"


def test_nothing_is_left_where_a_part_cannot_be_had(roost: Roost, tmp_path: Path) -> None:
    def away(_folder: Path) -> int:
        raise MemoryUnavailable("away")

    with pytest.raises(MemoryUnavailable):
        roost.backup(tmp_path / "to" / "b.zip", memories=away)
    assert not list((tmp_path / "to").iterdir())


def test_nothing_is_left_where_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "Packing", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        bare(tmp_path / "root").write(tmp_path / "to" / "b.zip")
    assert not list((tmp_path / "to").iterdir())


def test_what_a_killed_one_left_goes_with_the_next(tmp_path: Path) -> None:
    made, points, to = bare(tmp_path / "root"), tmp_path / "points", tmp_path / "to"
    points.mkdir()
    (points / making.PACKED).touch()
    command = [sys.executable, "-c", KILLED, str(tmp_path / "root" / "rookery.toml"), str(to / "b.zip")]
    environment = {**os.environ, "PYTHONPATH": str(REPO), "ROOKERY_CRASH_AT": str(points)}
    assert subprocess.run(command, env=environment, check=False).returncode == 137
    assert sorted(path.name[: len(PREFIX)] for path in to.iterdir()) == [PREFIX, LOCK[: len(PREFIX)]]
    made.write(to / "b.zip")
    assert [path.name for path in to.iterdir()] == ["b.zip"]


def test_two_at_once_are_not_written_to_one_folder(tmp_path: Path) -> None:
    with workshop(tmp_path):
        with pytest.raises(AlreadyRunning, match="another backup"):
            bare(tmp_path / "root").write(tmp_path / "b.zip")
        assert [path for path in tmp_path.iterdir() if path.name.startswith(PREFIX)]


def test_a_lock_that_its_holder_took_away_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take, gone = fcntl.flock, []

    def late(lock: int, how: int) -> None:
        take(lock, how)
        if not gone:
            gone.append(lock)
            (tmp_path / LOCK).unlink()

    monkeypatch.setattr(fcntl, "flock", late)
    with workshop(tmp_path):
        assert (tmp_path / LOCK).exists()


def test_passwords_in_the_settings_are_left_out_and_that_is_told(tmp_path: Path) -> None:
    made = bare(tmp_path / "root")
    said = made.write(tmp_path / "b.zip")
    assert any("passwords in addresses in rookery.toml" in line for line in said.left_out)
    with opened(tmp_path / "b.zip") as archive:
        held = b"".join(archive.read("config/rookery.toml"))
    assert held == b'[redis]\nurl = "redis://:@127.0.0.1:1/0"\n'


def test_without_settings_and_without_a_ledger_there_is_a_backup_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = Making(load(None, {}), None, Wishes(transcript=False)).write(tmp_path / "b.zip")
    assert list(said.members) == ["ledger.jsonl"]
    assert said.left_out[0] == "the transcript, as it was asked for"


@pytest.mark.parametrize(
    ("to", "file"),
    [
        (None, "data/backups/rookery-2023-11-14T221320Z.zip"),
        (Path("kept"), "kept/rookery-2023-11-14T221320Z.zip"),
        (Path("kept.zip"), "kept.zip"),
        (Path("a/b.zip"), "a/b.zip"),
    ],
)
def test_a_backup_is_called_by_its_time_unless_it_is_given_a_name(
    to: Path | None, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert file_for(to, load(None, {}), 1_700_000_000.0) == tmp_path / file
