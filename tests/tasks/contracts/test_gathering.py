"""The personas of rookery.toml and those with files of their own make one fleet."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tasks.contracts import fleetwatch, membership
from tasks.contracts.effective import effective
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import parse
from tasks.contracts.settings import Settings, load

TWO_MODELS = '[[model]]\nname = "demo"\nbuiltin = "demo"\n[[model]]\nname = "big"\naliases = { ollama = "b" }\n'
HOSTS = '[[host]]\nname = "home"\nmodels = ["demo"]\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with an empty folder of personas."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "personalities").mkdir(parents=True)
    return tmp_path / "data" / "personalities"


def written(text: str) -> Settings:
    """Return the settings of this rookery.toml."""
    Path("rookery.toml").write_text(text, encoding="utf-8")
    return load(None, {})


def names(settings: Settings) -> list[str]:
    """Return who there is."""
    return [persona.name for persona in settings.fleet.personas]


def test_a_file_adds_to_who_is_there_by_itself(folder: Path) -> None:
    (folder / "b.toml").write_text('name = "Bea"\nmodel = "demo"\n')
    (folder / "a.toml").write_text('model = "demo"\n')
    assert names(load(None, {})) == ["rookery", "a", "Bea"]


def test_a_file_adds_to_those_in_the_settings(folder: Path) -> None:
    (folder / "a.toml").write_text('model = "demo"\n')
    assert names(written('[[persona]]\nname = "luna"\nmodel = "demo"\n')) == ["luna", "a"]


def test_who_is_there_by_itself_gives_way_to_a_file_of_that_name(folder: Path) -> None:
    (folder / "a.toml").write_text('name = "Rookery"\nmodel = "demo"\nprompt = "Be brief."\n')
    settings = load(None, {})
    assert (names(settings), settings.fleet.personas[0].prompt) == (["Rookery"], "Be brief.")


def test_a_name_that_is_taken_stays_with_who_had_it(folder: Path) -> None:
    (folder / "a.toml").write_text('name = "Luna!"\nmodel = "demo"\n')
    (folder / "b.toml").write_text('name = "Bea"\nmodel = "demo"\n')
    (folder / "c.toml").write_text('name = "BEA"\nmodel = "demo"\n')
    settings = written('[[persona]]\nname = "luna"\nmodel = "demo"\n')
    assert names(settings) == ["luna", "Bea"]
    assert settings.troubles == (
        f'{folder}/a.toml: name = "Luna!": wanted another name: {Path.cwd()}/rookery.toml has this one',
        f'{folder}/c.toml: name = "BEA": wanted another name: {folder}/b.toml has this one',
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('model = "bgi"\n', "model = \"bgi\": no model has that name; did you mean 'big'?"),
        ("", "model: wanted a model, or primary under [routing]"),
        ('model = "big"\n', 'model = "big": no host may hold this model'),
        ('model = "demo"\npin = "attic"\n', 'pin = "attic": no host has that name'),
        ('model = "demo"\nlabels = ["gpu"]\n', "wanted labels that one of these hosts has: home"),
        ('model = "demo"\nallow_cloud = true\n', "wanted private = false beside it"),
        ('model = "demo"\nchannels = ["here"]\n', 'channels[0] = "here": wanted the id of a channel'),
        ('model = "demo"\nname = "月"\n', "wanted a name with a letter or digit of a-z, 0-9"),
    ],
)
def test_a_persona_that_could_never_answer_is_left_out_alone(folder: Path, text: str, why: str) -> None:
    (folder / "bad.toml").write_text(text, encoding="utf-8")
    (folder / "good.toml").write_text('model = "demo"\n')
    settings = written(TWO_MODELS + HOSTS)
    assert names(settings) == ["rookery", "good"]
    (line,) = settings.troubles
    assert line.startswith(f"{folder}/bad.toml: ")
    assert why in line


def test_an_entry_of_the_settings_keeps_the_whole_file_out(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"persona\[0\]\.weight"):
        written('[[persona]]\nname = "luna"\nmodel = "demo"\nweight = -1\n')


def test_a_feed_may_name_who_has_a_file(folder: Path) -> None:
    (folder / "luna.toml").write_text('model = "demo"\n')
    settings = written('[feed]\npersonas = ["luna", "lnua"]\n')
    assert settings.troubles == (
        f"{Path.cwd()}/rookery.toml: feed.personas[1] = \"lnua\": no persona has that name; did you mean 'luna'?",
    )


def test_another_folder_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "cast").mkdir()
    (tmp_path / "cast" / "luna.toml").write_text('model = "demo"\n')
    assert names(written(f'[words]\npersonas = "{tmp_path}/cast"\n')) == ["rookery", "luna"]


def test_a_workspace_starts_where_its_persona_is_written_down(folder: Path) -> None:
    (folder / "luna.toml").write_text('model = "demo"\nworkspace = "luna"\n')
    for place, soul in ((folder / "luna", "of a file"), (Path("luna"), "of the settings")):
        place.mkdir()
        (place / "SOUL.md").write_text(soul)
    settings = written('[[persona]]\nname = "ada"\nmodel = "demo"\nworkspace = "luna"\n')
    assert [persona.prompt.rpartition("\n")[2] for persona in settings.fleet.personas] == [
        "of the settings",
        "of a file",
    ]


@pytest.mark.parametrize(
    "workspace",
    ["x" * 5000, "x/" * 2500, "a\0b", "~nobody-of-that-name/luna", "x\ud800"],
    ids=["a long name", "a long path", "a NUL", "the home of nobody", "half a character"],
)
def test_a_workspace_that_can_be_no_folder_harms_no_other_persona(folder: Path, workspace: str) -> None:
    (folder / "a.json").write_text(json.dumps({"model": "demo", "prompt": "Be brief.", "workspace": workspace}))
    (folder / "b.toml").write_text('model = "demo"\n')
    settings = load(None, {})
    assert "b" in names(settings)
    [trouble] = settings.troubles
    assert trouble.isprintable()
    assert "a.json: workspace" in trouble or "there is no such folder" in trouble


def test_a_link_that_leads_nowhere_and_a_name_that_is_no_text_harm_no_other_persona(folder: Path) -> None:
    (folder / "a.toml").symlink_to("a.toml")
    (folder / os.fsdecode(b"c\xff.toml")).write_text('model = "demo"\n')
    (folder / "b.toml").write_text('model = "demo"\n')
    settings = load(None, {})
    assert names(settings) == ["rookery", "b"]
    assert [Path(line.partition(":")[0]).name for line in settings.troubles] == ["a.toml", "c\\udcff.toml"]
    assert fleetwatch.digest(settings)


@pytest.mark.parametrize("key", ["stop", "adapter", "pin", "workspace", "prompt", "avatar", "labels", "topics"])
def test_half_a_character_keeps_a_persona_out_and_nobody_else(folder: Path, key: str) -> None:
    value = ["\ud800"] if key in {"stop", "labels", "topics"} else "\ud800"
    (folder / "a.json").write_text(json.dumps({"model": "demo", key: value}))
    (folder / "b.toml").write_text('model = "demo"\n')
    settings = load(None, {})
    assert names(settings) == ["rookery", "b"]
    assert fleetwatch.digest(settings)


def test_where_each_setting_of_a_persona_comes_from_is_known(folder: Path) -> None:
    (folder / "luna.toml").write_text('model = "demo"\nweight = 2\n')
    origins = {row.path: row.origin for row in effective(load(None, {})) if row.loc[0] == "persona"}
    assert origins["persona[0].model"] == "default"
    assert origins["persona[1].weight"] == f"{folder}/luna.toml"
    assert origins["persona[1].chance"] == "default"


def test_machines_without_these_files_are_told_the_same_personas(folder: Path) -> None:
    (folder / "luna.toml").write_text(
        'model = "demo"\nworkspace = "luna"\n[[triggers]]\nkind = "keyword"\nvalue = "moon"\n'
    )
    (folder / "luna").mkdir()
    (folder / "luna" / "SOUL.md").write_text("She is patient.")
    settings = load(None, {})
    there = parse(json.loads(membership.published(settings.tables)), "the fleet file")
    here = [persona.model_copy(update={"workspace": ""}) for persona in settings.fleet.personas]
    assert list(there.personas) == here
    assert "She is patient." in there.personas[1].prompt


def test_what_machines_are_told_holds_no_secret_of_this_one() -> None:
    Path("rookery.toml").write_text(
        '[transcript]\nurl = "postgresql://u:canary7@h/x"\nenabled = false\n[discord]\nusers = [7]\n'
    )
    tokens = dict.fromkeys(("DISCORD_TOKEN", "TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "FEED_KEY"), "canary7")
    settings = load(None, tokens)
    assert settings.secrets == ("canary7",)
    told = membership.published(settings.tables)
    assert "canary7" not in told
    assert "canary7" not in repr(settings)
    assert json.loads(told)["transcript"] == {"enabled": False}
    assert json.loads(told)["discord"] == {"users": [7]}
