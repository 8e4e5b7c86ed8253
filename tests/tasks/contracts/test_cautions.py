"""What is no mistake and would not do: secrets that others may read, files and keys that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.contracts.cautions import cautions, secrets_of
from tasks.contracts.settings import load

CANARY = "correct-horse-battery"
STUDIO = '[[host]]\nname = "studio"\nengine = "http://127.0.0.1:1"\napi_key_env = "STUDIO_KEY"\n'
SERVED = '[[model]]\nname = "m"\naliases = {openai = "m"}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cautioned(toml: str = "", mode: int = 0o600, **environ: str) -> tuple[str, ...]:
    file = Path("rookery.toml")
    file.write_text(toml)
    file.chmod(mode)
    return cautions(load(file, environ), environ)


def test_the_defaults_need_no_caution() -> None:
    assert cautioned() == ()


def test_a_password_in_a_file_that_others_may_read_is_told_and_not_shown(folder: Path) -> None:
    toml = f'[redis]\nurl = "redis://:{CANARY}@h/0"\n'
    (line,) = cautioned(toml, 0o644)
    assert line.startswith(f"{folder / 'rookery.toml'} holds a password")
    assert CANARY not in line
    assert cautioned(toml, 0o600) == cautioned('[redis]\nurl = "redis://h/0"\n', 0o644) == ()


def test_so_is_the_password_of_the_transcript() -> None:
    (line,) = cautioned(f'[transcript]\nurl = "postgresql://u:{CANARY}@h/x"\n', 0o644)
    assert line.endswith("or use TRANSCRIPT_URL_FILE")
    assert CANARY not in line


def test_a_password_from_the_environment_is_nobody_elses_to_read() -> None:
    assert cautioned("", 0o644, REDIS_URL=f"redis://:{CANARY}@h/0") == ()


def test_the_file_of_a_secret_that_others_may_read_is_told(folder: Path) -> None:
    file = folder / "key"
    file.write_text(CANARY)
    file.chmod(0o644)
    (line,) = cautioned(SERVED + STUDIO, STUDIO_KEY_FILE=str(file))
    assert line.startswith("STUDIO_KEY_FILE = ")


def test_a_data_folder_that_is_open_to_others_is_told(folder: Path) -> None:
    (folder / "data").mkdir(mode=0o755)
    assert cautioned() == (f"{folder / 'data'} is open to others on this machine; run `chmod 700` on it",)


def test_a_key_that_is_not_there_is_told_unless_its_host_is_disabled() -> None:
    (line,) = cautioned(SERVED + STUDIO)
    assert line.startswith("STUDIO_KEY is not set; it holds the key of host 'studio'; set it, or STUDIO_KEY_FILE")
    home = '[[host]]\nname = "other"\nengine = "http://127.0.0.1:2"\n'
    assert cautioned(f"{SERVED}{STUDIO}enabled = false\n{home}") == ()


def test_a_model_file_that_is_not_there_is_told_with_the_host_that_needs_it(folder: Path) -> None:
    toml = '[[model]]\nname = "m"\ngguf = "m.gguf"\n'
    assert cautioned(toml) == (f"model 'm': there is no file {folder / 'm.gguf'}; host 'home' cannot start without it",)
    (folder / "m.gguf").touch()
    assert cautioned(toml) == ()


def test_every_secret_that_the_settings_hold_is_known_by_its_value() -> None:
    environ = {
        "REDIS_URL": "redis://u:pass%2Fword@h/0?password=queried",
        "FLOWER_PASSWORD": "petals",
        "STUDIO_KEY": CANARY,
    }
    Path("rookery.toml").write_text(SERVED + STUDIO)
    known = secrets_of(load(None, environ), environ)
    assert set(known) == {"pass%2Fword", "pass/word", "queried", "petals", CANARY}
    assert secrets_of(load(None, {}), {}) == ()


def test_what_may_leave_the_house_is_told() -> None:
    persona = "[[persona]]\nname = 'ada'\nmodel = 'm'\nprivate = false\nallow_cloud = true\n"
    cloud = STUDIO.replace('api_key_env = "STUDIO_KEY"', "cloud = true")
    (line,) = cautioned(SERVED + cloud + persona)
    assert line.startswith("what people say to 'ada' may leave the house: host 'studio'")


def test_who_is_to_learn_and_has_no_model_of_its_own_is_told() -> None:
    host = '[[host]]\nname = "home"\nengine = "fake"\nmodels = ["m"]\n'
    flock = f'[[model]]\nname = "m"\naliases = {{home = "m"}}\n{host}[routing]\nprimary = "m"\n'
    learns = '[[persona]]\nname = "pirate"\nlearns = "liked"\n'
    (line,) = cautioned(flock + learns)
    assert line.startswith("persona 'pirate' learns nothing")
    assert cautioned(f'{flock}{learns}model = "m"\n') == ()


def test_what_no_package_brings_along_is_told() -> None:
    host = '[[host]]\nname = "{0}"\nengine = "{1}+http://h:1"\nagent = "{2}"\n'
    hosts = host.format("cage", "parrot", "") + host.format("away", "macaw", "elsewhere")
    told = cautioned(f'[notify]\nchannels = ["pager"]\n[[model]]\nname = "grey"\naliases = {{cage = "g"}}\n{hosts}')
    assert [line.split(";")[0] for line in told] == [
        "no package here brings the engine 'parrot' along",
        "no package here brings the channel 'pager' along, which [notify] names",
    ]
