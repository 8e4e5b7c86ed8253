from __future__ import annotations

from pathlib import Path

import pytest

from workers.doctor.findings import Level
from workers.doctor.secret_files import Private, judge, look

URL = "redis://:hunter2@127.0.0.1:1/0"


def secret_file(path: Path, mode: int, text: str = URL) -> Path:
    path.write_text(text + "\n")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_secrets_file_that_others_can_read_is_a_warning(tmp_path: Path, told, mode: int):
    path = secret_file(tmp_path / "redis_url", mode)
    environ = {"REDIS_URL_FILE": str(path)}
    [found] = look(told("", **environ), environ, tmp_path)
    assert (found.level, found.next_step) == (Level.WARNING, f"run `chmod 600 {path}`")
    assert "hunter2" not in found.what


def test_a_secrets_file_of_ones_own_is_well(tmp_path: Path, told):
    environ = {"REDIS_URL_FILE": str(secret_file(tmp_path / "redis_url", 0o600))}
    [found] = look(told("", **environ), environ, tmp_path)
    assert (found.level, found.what) == (Level.OK, "nobody else can read redis_url")


def test_the_key_of_a_hosts_server_is_a_secret_too(tmp_path: Path, told):
    path = secret_file(tmp_path / "key", 0o644, "abc")
    settings = told(
        '[[model]]\nname = "m"\naliases = {openai = "m"}\n'
        '[[host]]\nname = "h"\nengine = "http://127.0.0.1:1"\napi_key_env = "STUDIO_KEY"\n'
    )
    [found] = look(settings, {"STUDIO_KEY_FILE": str(path)}, tmp_path)
    assert str(path) in found.what


def test_a_settings_file_with_a_password_that_others_can_read_is_a_warning(tmp_path: Path, told):
    settings = told(f'[redis]\nurl = "{URL}"\n')
    Path(settings.source).chmod(0o644)
    [found] = look(settings, {}, tmp_path)
    assert found.level is Level.WARNING
    assert settings.source in found.what


def test_a_settings_file_without_a_password_may_be_read_by_all(tmp_path: Path, told):
    settings = told('[redis]\nurl = "redis://127.0.0.1:1/0"\n')
    Path(settings.source).chmod(0o644)
    assert look(settings, {}, tmp_path) == []


@pytest.mark.parametrize("line", [f"REDIS_URL={URL}", f"export REDIS_URL={URL}"])
def test_a_dotenv_with_a_secret_that_others_can_read_is_a_warning(tmp_path: Path, line: str):
    path = secret_file(tmp_path / ".env", 0o644, line)
    [found] = look(None, {}, tmp_path)
    assert (found.level, str(path) in found.what) == (Level.WARNING, True)


@pytest.mark.parametrize("line", [f"# REDIS_URL={URL}", "REDIS_URL=", "ROOKERY_WEB_PORT=1"])
def test_a_dotenv_without_a_secret_may_be_read_by_all(tmp_path: Path, line: str):
    secret_file(tmp_path / ".env", 0o644, line)
    assert look(None, {}, tmp_path) == []


def test_a_data_folder_that_others_can_look_into_is_noted_and_its_passwords_are_looked_at(tmp_path: Path, told):
    settings = told()
    settings.data_dir.mkdir(mode=0o755)
    settings.data_dir.chmod(0o755)
    secret_file(settings.data_dir / "flower.password", 0o644, "x")
    folder, password = look(settings, {}, tmp_path)
    assert (folder.level, folder.next_step) == (Level.NOTE, f"run `chmod 700 {settings.data_dir}`")
    assert (password.level, "flower.password" in password.what) == (Level.WARNING, True)


def test_what_a_container_engine_mounts_is_left_alone():
    assert judge(Private(Path("/run/secrets/redis_url"), 0o444)) is None
