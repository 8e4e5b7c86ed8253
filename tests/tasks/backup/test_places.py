"""Which files a backup takes, and where each belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.backup import mark, places
from tasks.contracts.settings import Settings, load
from workers.fleet import certificate, users
from workers.processes import BEAT_FILE, FLOWER_PASSWORD_FILE
from workers.supervision import instance

TOML = """
[words]
blocked = "{outside}/blocked.yaml"
personas = "{outside}/personas"
[[model]]
name = "demo"
builtin = "demo"
[[persona]]
name = "Ada Lovelace/α"
model = "demo"
workspace = "{outside}/ada"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with files in and outside the data folder."""
    outside = tmp_path / "outside"
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "rookery.toml").write_text(TOML.format(outside=outside), encoding="utf-8")
    return load(tmp_path / "root" / "rookery.toml", {})


def write(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name, encoding="utf-8")


def names(settings: Settings, *, secrets: bool = False) -> set[str]:
    return {file.name for file in places.files_of(settings, secrets=secrets)}


def test_all_of_the_data_folder_is_taken_but_what_is_made_again(settings: Settings) -> None:
    data = settings.data_dir
    write(data / "discord" / "settings.json", data / "adapters" / "a" / "b.safetensors", data / "fleet.json")
    write(data / instance.LOCK_NAME, data / instance.STATE_NAME, data / mark.MARK, data / f"{BEAT_FILE}.db")
    write(data / "hosts" / "home" / "ready", data / "backups" / "old.zip", data / ".rookery-abc", data / "a.new")
    write(data / "redis" / "appendonly.aof", data / "redis" / "appendonlydir" / "x", data / "redis" / "redis.conf")
    write(data / "transcript.sqlite3", data / "transcript.sqlite3-wal", data / "memory" / "m-3" / "shard" / "x")
    assert names(settings) == {"data/discord/settings.json", "data/adapters/a/b.safetensors", "data/fleet.json"}


def test_secrets_are_taken_only_if_they_are_wanted(settings: Settings) -> None:
    redis = settings.data_dir / "redis"
    of_redis = [redis / name for name in ("roles.json", users.USERS_FILE, certificate.CERTIFICATE, certificate.KEY)]
    write(settings.data_dir / FLOWER_PASSWORD_FILE, *of_redis, settings.folder / ".env")
    assert names(settings) == set()
    held = {f"data/redis/{path.name}" for path in of_redis}
    assert names(settings, secrets=True) == {*held, f"data/{FLOWER_PASSWORD_FILE}", "config/.env"}


def test_what_people_edit_elsewhere_is_taken_and_belongs_there_again(settings: Settings, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside / "blocked.yaml", outside / "personas" / "owl.toml", outside / "personas" / "deep" / "no.toml")
    write(
        outside / "ada" / "SOUL.md", outside / "ada" / "memory" / "2026-01-01.md", outside / "ada" / "a" / "b" / "no.md"
    )
    write(outside / "ada" / ".git" / "config", outside / "ada" / "picture.png")
    found = {file.name: file.path for file in places.files_of(settings, secrets=False)}
    ada = "workspaces/Ada%20Lovelace%2F%CE%B1"
    owl = "words/personas/owl.toml"
    assert set(found) == {"words/blocked", owl, f"{ada}/SOUL.md", f"{ada}/memory/2026-01-01.md"}
    assert {name: places.target_of(name, settings) for name in found} == found


@pytest.mark.parametrize("name", ["workspaces/gone/SOUL.md", "words/else", "nothing", "words/personasx"])
def test_what_no_setting_names_belongs_nowhere(name: str, settings: Settings) -> None:
    assert places.target_of(name, settings) is None


def test_a_link_in_a_circle_and_a_pipe_are_passed_over(settings: Settings) -> None:
    import os

    settings.data_dir.mkdir()
    (settings.data_dir / "round").symlink_to("round")
    (settings.data_dir / "up").symlink_to(settings.folder)
    os.mkfifo(settings.data_dir / "pipe")
    write(settings.data_dir / "file")
    assert names(settings) == {"data/file"}


def test_a_transcript_of_another_name_is_no_file_like_others(settings: Settings, tmp_path: Path) -> None:
    data = settings.data_dir
    told = load(tmp_path / "root" / "rookery.toml", {"TRANSCRIPT_URL": f"sqlite:///{data / 'said.db'}"})
    write(data / "said.db", data / "said.db-shm", data / "said.txt")
    assert names(told) == {"data/said.txt"}


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ('url = "redis://:pass@10.0.0.5/0"', 'url = "redis://:@10.0.0.5/0"'),
        ('engine = "openai+https://me:pa%40ss@host/v1"', 'engine = "openai+https://me:@host/v1"'),
        ('url = "redis://10.0.0.5:6379/0"', 'url = "redis://10.0.0.5:6379/0"'),
        ('prompt = "say a@b.c: hello"', 'prompt = "say a@b.c: hello"'),
    ],
)
def test_passwords_in_addresses_are_left_out(line: str, bare: str) -> None:
    assert places.without_passwords(line) == (bare, line != bare)


def test_the_lock_is_that_of_who_runs_a_flock() -> None:
    assert instance.LOCK_NAME == mark.LOCK
