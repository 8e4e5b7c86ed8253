from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bots import registry
from tasks.contracts import wanted
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.settings import Settings, load


def told(folder: Path, **environ: str) -> Settings:
    file = folder / "rookery.toml"
    file.write_text("")
    return load(file, environ)


@pytest.mark.parametrize(("bot", "variable"), list(wanted.ASKED_FOR.items()))
def test_a_bot_that_was_not_told_how_to_connect_names_the_variable(bot: str, variable: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"{variable} is not set"):
        registry.create(bot, told(tmp_path), {})


def test_a_bot_whose_library_is_not_there_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wanted.LIBRARIES, "discord", "no_such_library")
    with pytest.raises(ConfigurationError, match="not installed") as caught:
        registry.create("discord", told(tmp_path, DISCORD_TOKEN="x"), {})
    assert caught.value.next_step == wanted.EXTRA


@pytest.mark.parametrize("bot", wanted.OURS)
def test_our_own_bots_are_where_the_table_says(bot: str) -> None:
    assert callable(registry._factory(bot))


def test_a_bot_that_nobody_has_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no bot 'discrod'") as caught:
        registry.create("discrod", told(tmp_path), {})
    assert "discord" in caught.value.next_step


def test_a_package_that_is_broken_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("irc", "no_such_module:create", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == registry.GROUP else [])
    assert registry.names() == [*wanted.OURS, "irc"]
    with pytest.raises(ConfigurationError, match="'irc' cannot be loaded from no_such_module:create"):
        registry.create("irc", told(tmp_path), {})


def test_a_package_may_not_take_the_name_of_one_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("discord", "elsewhere:create", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    assert registry.names() == list(wanted.OURS)
    assert registry._factory("discord").__module__ == "bots.discord.adapter"
