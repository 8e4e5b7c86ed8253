"""Folders are made once, kept as they are for ever after, and a disk that takes nothing says so."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.folders import data_of, folders_of, make
from tasks.contracts.settings import Settings, load

REPO = Path(__file__).parents[3]
UNSHARED = ["unshare", "--user", "--map-root-user", "--mount"]
MOUNTED = f"""
set -e
mount -t tmpfs -o {{options}} rookery {{folder}}
{{then}}
exec {sys.executable} -P -m rookery config folders
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The defaults, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return load(None, {})


def tree(folder: Path) -> dict[str, tuple[int, str]]:
    """Return every path with its mode and content."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.read_text() if path.is_file() else "")
        for path in sorted(folder.rglob("*"))
    }


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_tree_is_there_after_one_call_and_the_same_after_two(settings: Settings, tmp_path: Path) -> None:
    made = make(folders_of(settings))
    first = tree(tmp_path)
    assert set(first) == {"data", "data/discord", "data/personalities", "logs", "models", "debug"}
    assert sorted(made) == [tmp_path / name for name in sorted(first)]
    assert make(folders_of(settings)) == []
    assert tree(tmp_path) == first


def test_what_holds_words_or_secrets_is_for_its_owner_alone(settings: Settings, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        make(folders_of(settings))
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in ("data", "data/discord", "debug")] == [0o700] * 3
    assert [mode(tmp_path / name) for name in ("logs", "models")] == [0o755] * 2


def test_what_a_person_has_put_there_is_left_as_it_is(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "data" / "discord" / "settings.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"mine": true}')
    file.parent.chmod(0o750)
    make(folders_of(settings))
    assert file.read_text() == '{"mine": true}'
    assert mode(file.parent) == 0o750


def test_a_single_process_needs_the_data_folder_only(settings: Settings, tmp_path: Path) -> None:
    make(data_of(settings))
    assert list(tree(tmp_path)) == ["data"]


def test_every_folder_that_cannot_be_is_told_at_once(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    (tmp_path / "logs").write_text("not a folder")
    with pytest.raises(ConfigurationError) as caught:
        make(folders_of(settings))
    lines = caught.value.message.splitlines()
    assert lines[0] == f"data.dir: {tmp_path / 'data'}: there is a file in its place"
    assert f"data.logs: {tmp_path / 'logs'}: there is a file in its place" in lines
    assert "[data]" in caught.value.next_step


def on_a_disk(folder: Path, options: str, then: str = "") -> subprocess.CompletedProcess[str]:
    """Run `rookery config folders` where the data folder is a disk of its own; skip where none can be mounted."""
    if subprocess.run([*UNSHARED, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here")
    (folder / "data").mkdir()
    script = MOUNTED.format(options=options, folder="data", then=then)
    environ = {**os.environ, "PYTHONPATH": str(REPO), "NO_COLOR": "1"}
    command = [*UNSHARED, "sh", "-c", script]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def test_a_full_disk_is_told_with_what_to_do(tmp_path: Path) -> None:
    ended = on_a_disk(tmp_path, "size=4k", "head -c 9999 /dev/zero > data/full 2>/dev/null || true")
    assert ended.returncode == 2, ended.stderr
    assert "data.dir: " in ended.stderr
    assert "No space left on device" in ended.stderr
    assert "make room on that disk" in ended.stderr


def test_a_read_only_disk_is_told_with_what_to_do(tmp_path: Path) -> None:
    ended = on_a_disk(tmp_path, "size=64k", "mount -o remount,ro data")
    assert ended.returncode == 2, ended.stderr
    assert "Read-only file system" in ended.stderr
    assert "name folders that can be written to" in ended.stderr


def test_models_may_lie_on_a_disk_that_is_read_only(tmp_path: Path) -> None:
    (tmp_path / "rookery.toml").write_text('[data]\ndir = "elsewhere"\nmodels = "data"\n')
    ended = on_a_disk(tmp_path, "size=64k", "mount -o remount,ro data")
    assert ended.returncode == 0, ended.stderr
    assert f"kept  {tmp_path / 'data'}" in ended.stdout
