"""`rookery config`: check, show, example, folders, as a person runs them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tasks.contracts.fleet import parse
from tasks.contracts.settings import load
from tests.command import REPO, Command

CANARY = "correct-horse-battery"
BROKEN = """
[web]
port = 0
colour = "red"
[jobs]
text_life_s = 999999
record_life_s = 1
[[persona]]
name = "p"
model = "nobody"
"""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """`rookery` in an empty folder, without any Redis."""
    return Command(tmp_path)


def test_check_of_sound_settings_counts_what_there_is(command: Command) -> None:
    command.settings("[web]\nport = 81\n")
    ended = command.invoke("config", "check")
    assert (ended.code, ended.out) == (0, f"✓ {command.folder / 'rookery.toml'}: 1 model, 1 host, 1 persona\n")


def test_check_tells_every_problem_with_file_key_value_and_wish(command: Command) -> None:
    command.settings(BROKEN)
    file = command.folder / "rookery.toml"
    ended = command.invoke("config", "check")
    assert ended.code == 2
    assert ended.out.splitlines() == [
        f"✗ {file}: web.port = 0: wanted 1 or more",
        f"✗ {file}: web.colour: unknown key; known here: bind, port, names, max_streams, max_body_kib",
        f"✗ {file}: jobs.text_life_s = 999999.0: wanted no more than jobs.record_life_s",
        f"✗ {file}: persona[0].model (persona 'p') = \"nobody\": no model has that name; there are: demo",
        "4 problems; `rookery config example` explains every key",
    ]


def test_check_for_programs_is_json(command: Command) -> None:
    command.settings(BROKEN)
    ended = command.invoke("config", "check", "--json")
    told = json.loads(ended.out)
    assert (ended.code, len(told["problems"]), told["cautions"]) == (2, 4, [])


def test_check_tells_what_is_wrong_with_the_file_of_a_persona_and_counts_the_others(command: Command) -> None:
    command.settings("")
    at = command.folder / "data" / "personalities"
    at.mkdir(parents=True)
    (at / "bad.toml").write_text("weight = -1\n")
    (at / "good.toml").write_text('model = "demo"\n')
    ended = command.invoke("config", "check")
    assert ended.code == 2
    assert f"✗ {at}/bad.toml: weight = -1: wanted 0 or more" in ended.out
    assert "1 model, 1 host, 2 personas" in ended.out
    assert json.loads(command.invoke("config", "check", "--json").out)["problems"] == [
        f"{at}/bad.toml: weight = -1: wanted 0 or more"
    ]


def test_show_names_each_secret_that_is_set_and_shows_none(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.settings("")
    for name in ("DISCORD_TOKEN", "TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "FEED_KEY"):
        monkeypatch.setenv(name, "canary7")
    monkeypatch.setenv("TRANSCRIPT_URL", "postgresql://rookery:canary7@h/x")
    shown, told = command.invoke("config", "show").out, command.invoke("config", "show", "--json").out
    assert "canary7" not in shown + told
    assert "# TELEGRAM_WEBHOOK_SECRET: ***" in shown
    assert json.loads(told)["discord_token"] == "***"
    assert json.loads(told)["settings"]["transcript.url"] == {
        "value": "postgresql://rookery:***@h/x",
        "origin": "TRANSCRIPT_URL",
    }


def test_check_warns_of_what_is_no_mistake_and_would_not_do(command: Command) -> None:
    command.settings('[[model]]\nname = "m"\ngguf = "gone.gguf"\n')
    ended = command.invoke("config", "check")
    assert ended.code == 0
    assert f"! model 'm': there is no file {command.folder / 'gone.gguf'}" in ended.out


def test_show_is_a_file_that_says_the_same_with_the_origin_of_each_value(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.settings('[web]\nport = 81\n[[host]]\nname = "attic"\nlabels = ["north"]\n')
    monkeypatch.setenv("ROOKERY_LOG_TOTAL_MIB", "64")
    ended = command.invoke("config", "show")
    assert ended.code == 0, ended.errors
    shown = parse(tomllib.loads(ended.out), "shown")
    settings = load(command.folder / "rookery.toml", {"ROOKERY_LOG_TOTAL_MIB": "64"})
    said = {"data": settings.fleet.data, "words": settings.fleet.words}  # shown as the absolute paths that they are
    assert shown.model_copy(update=said) == settings.fleet
    assert shown.data.dir == str(settings.data_dir)
    origins = {line.split(" = ")[0]: line.rsplit("# ", 1)[-1] for line in ended.out.splitlines() if " = " in line}
    assert origins["total_mib"] == "ROOKERY_LOG_TOTAL_MIB"
    assert origins["deadline_s"] == "default"
    assert "port = 81" in ended.out
    assert [line.split("# ")[-1] for line in ended.out.splitlines() if line.startswith("port = 81")] == ["rookery.toml"]


def test_show_for_programs_names_file_variable_or_default(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.settings(
        '[web]\nport = 81\n[[model]]\nname = "m"\naliases = {home = "x"}\n[[host]]\nname = "home"\nengine = "fake"\n'
    )
    monkeypatch.setenv("ROOKERY_FLOWER_PORT", "82")
    told = json.loads(command.invoke("config", "show", "--json").out)
    file, settings = str(command.folder / "rookery.toml"), told["settings"]
    assert (told["source"], told["environment"], told["dry_run"]) == (file, "main", False)
    assert settings["web.port"] == {"value": 81, "origin": file}
    assert settings["flower.port"] == {"value": 82, "origin": "ROOKERY_FLOWER_PORT"}
    assert settings["jobs.lease_s"] == {"value": 15.0, "origin": "default"}
    assert settings["model[0].name"] == {"value": "m", "origin": file}
    assert settings["model[0].slots"]["origin"] == settings["persona[0].name"]["origin"] == "default"


def test_show_tells_what_only_variables_say(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.settings("")
    quiet = command.invoke("config", "show").out
    for name, value in {"DRY_RUN": "1", "DEBUG_PROMPTS": "1", "FLOWER_PASSWORD": CANARY}.items():
        assert f"# {name}" not in quiet
        monkeypatch.setenv(name, value)
    shown = command.invoke("config", "show").out
    assert [line.split(":")[0] for line in shown.splitlines()[1:4]] == [
        "# DRY_RUN",
        "# DEBUG_PROMPTS",
        "# FLOWER_PASSWORD",
    ]
    told = json.loads(command.invoke("config", "show", "--json").out)
    assert (told["dry_run"], told["debug_prompts"], told["flower_password"]) == (True, True, "***")
    assert CANARY not in shown


@pytest.mark.parametrize("way", ["variable", "file of a variable", "settings"])
@pytest.mark.parametrize("as_json", [True, False])
def test_show_masks_a_password_wherever_it_came_from(
    command: Command, monkeypatch: pytest.MonkeyPatch, way: str, *, as_json: bool
) -> None:
    command.settings("")
    url = f"redis://:{CANARY}@127.0.0.1:1/0"
    if way == "settings":
        command.settings(f'[redis]\nurl = "{url}"\n')
    elif way == "variable":
        monkeypatch.setenv("REDIS_URL", url)
    else:
        (command.folder / "url").write_text(url)
        monkeypatch.setenv("REDIS_URL_FILE", str(command.folder / "url"))
    ended = command.invoke("config", "show", *["--json"] * as_json)
    assert CANARY not in ended.out + ended.errors
    assert "redis://:***@127.0.0.1:1/0" in ended.out
    if way == "file of a variable":
        assert "REDIS_URL_FILE" in ended.out


def test_the_example_is_printed_as_it_is(command: Command) -> None:
    assert command.invoke("config", "example").out == (REPO / "rookery.example.toml").read_text(encoding="utf-8")


def test_folders_are_made_by_the_command_and_kept_by_the_next(command: Command) -> None:
    command.settings("")
    first, second = command.invoke("config", "folders"), command.invoke("config", "folders")
    assert (first.code, second.code) == (0, 0)
    assert {line.split()[0] for line in first.out.splitlines()} == {"made"}
    assert {line.split()[0] for line in second.out.splitlines()} == {"kept"}
    assert (command.folder / "data" / "personalities").is_dir()


def test_a_secret_that_is_missing_ends_the_start_with_a_line_that_names_it(command: Command) -> None:
    command.settings(
        '[[model]]\nname = "m"\naliases = {openai = "m"}\n'
        '[[host]]\nname = "studio"\nengine = "http://127.0.0.1:1"\napi_key_env = "STUDIO_KEY"\n'
    )
    for words in (["run", "host", "studio"], ["up"]):
        ended = command.run(*words)
        assert ended.code == 2
        named = [line for line in ended.errors.splitlines() if "STUDIO_KEY is not set" in line]
        assert named == ["rookery: STUDIO_KEY is not set; it holds the key of host 'studio'"]
    assert "STUDIO_KEY is not set" in command.invoke("config", "check").out


def test_a_key_in_the_place_of_its_variable_is_refused_and_not_shown(command: Command) -> None:
    command.settings(f'[[host]]\nname = "h"\napi_key_env = "sk {CANARY}"\n')
    ended = command.invoke("config", "check")
    assert ended.code == 2
    assert "host[0].api_key_env (host 'h') = \"***\": wanted the name of a variable" in ended.out
    assert CANARY not in ended.out
