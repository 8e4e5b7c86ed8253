from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.contracts import wanted
from tasks.contracts.settings import load


def test_a_bot_is_wanted_that_was_given_a_token_or_an_address(tmp_path: Path) -> None:
    file = tmp_path / "rookery.toml"
    file.write_text("")
    given = {"DISCORD_TOKEN": "x", "TELEGRAM_TOKEN": "y", "ROOKERY_FEED_URL": "http://127.0.0.1:1"}
    assert wanted.wanted(load(file, {})) == ()
    assert wanted.wanted(load(file, given)) == wanted.OURS
    assert wanted.wanted(load(file, {"TELEGRAM_TOKEN": "y"})) == (wanted.TELEGRAM,)


def test_a_library_that_is_not_there_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(map(wanted.is_installed, wanted.OURS))
    monkeypatch.setitem(wanted.LIBRARIES, "discord", "no_such_library")
    assert not wanted.is_installed("discord")
    assert ".[bots]" in str(wanted.not_installed("discord"))


@pytest.mark.parametrize("bot", wanted.OURS)
def test_what_was_not_told_is_named_by_its_variable(bot: str) -> None:
    assert wanted.ASKED_FOR[bot] in str(wanted.not_told(bot))


@pytest.mark.parametrize(
    ("hosts", "here"),
    [
        ((), True),
        (("",), True),
        (("train",), True),
        (("", "train"), True),
        (("", "train, elsewhere"), False),
        (("train", "train, elsewhere"), True),
        (("", "train, elsewhere, off"), True),
        (("", "train, elsewhere, cloud"), True),
    ],
)
def test_where_hosts_are_labelled_for_it_what_people_said_is_learned_from_there_alone(
    tmp_path: Path, hosts: tuple[str, ...], here: bool
) -> None:
    file = tmp_path / "rookery.toml"
    file.write_text("".join(_host(f"h{number}", said) for number, said in enumerate(hosts)))
    settings = load(file, {})
    assert wanted.trains_here(settings) is here
    joined = replace(settings, machine="elsewhere")
    assert wanted.trains_here(joined) is ("train, elsewhere" in hosts), "a machine that joined"


def _host(name: str, said: str) -> str:
    lines = [f'[[host]]\nname = "{name}"\nengine = "fake"']
    lines += ['labels = ["train"]'] if "train" in said else []
    lines += ['agent = "elsewhere"'] if "elsewhere" in said else []
    lines += ["enabled = false"] if "off" in said else []
    lines += ["cloud = true"] if "cloud" in said else []
    return "\n".join(lines) + "\n"
