from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from bots.guilds import Guilds, Local, read
from bots.platform import Heard, Place
from tasks.contracts.errors import ConfigurationError

FILE = {
    "default": {"language": "French"},
    "guilds": {"5": {"persona": "Ada", "channels": {"10": {"mute": True}, "11": {"persona": "Bob"}}}},
    "channels": {"77": {"chance": 0.5}},
}


def heard(chat: str, guild: str = "5", parent: str = "") -> Heard:
    return Heard("discord", "rook", Place(chat), "1", "7", "Ann", "hello", 0, guild=guild, parent=parent)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "discord" / "settings.json"


def written(file: Path, what: object) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(what if isinstance(what, str) else json.dumps(what))
    return file


@pytest.mark.parametrize(
    ("place", "holds"),
    [
        (("10", "5"), Local(language="French", persona="Ada", mute=True)),
        (("11", "5"), Local(language="French", persona="Bob")),
        (("12", "5", "11"), Local(language="French", persona="Bob")),  # a thread
        (("12", "6"), Local(language="French")),
        (("77", ""), Local(language="French", chance=0.5)),
    ],
)
def test_a_channel_has_its_own_settings_and_else_those_of_its_guild(
    file: Path, place: tuple[str, ...], holds: Local
) -> None:
    assert Guilds(written(file, FILE)).at(heard(*place)) == holds


def test_a_changed_file_holds_for_the_next_message(file: Path) -> None:
    guilds = Guilds(file)
    assert guilds.at(heard("10")) == Local()
    written(file, FILE)
    assert guilds.at(heard("10")).persona == "Ada"
    written(file, {})
    assert guilds.at(heard("10")) == Local()


def test_a_broken_file_leaves_things_as_they_were_and_is_warned_of_once(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    guilds = Guilds(written(file, FILE))
    assert guilds.at(heard("10")).mute
    written(file, '{"guilds": {"5": {"persona"')
    for _ in range(3):
        assert guilds.at(heard("10")).mute
    assert len(caplog.records) == 1
    written(file, {"guilds": {"5": {"volume": 3}}})
    assert guilds.at(heard("10")).mute
    assert "guilds.5.volume" in str(caplog.records[1].__dict__["error"])


@pytest.mark.parametrize("wrong", ["[]", '{"default": {"mute": "yes"}}', '{"channels": {"1": {"chance": 2}}}', "\0"])
def test_what_is_no_such_file_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigurationError):
        read(wrong)


def test_a_value_is_written_and_taken_away_again(file: Path) -> None:
    guilds = Guilds(written(file, FILE))
    guilds.put("5", "10", persona="Bob", model=None)
    assert guilds.at(heard("10")) == Local(language="French", persona="Bob", mute=True)
    guilds.put("5", "10", persona=None)
    assert json.loads(file.read_text()) == FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    guilds.put("", "99", persona="Bob")
    assert guilds.at(heard("99", "")).persona == "Bob"


def test_a_file_that_cannot_be_used_is_never_written_over(file: Path) -> None:
    guilds = Guilds(written(file, "{"))
    with pytest.raises(ConfigurationError):
        guilds.put("5", "10", persona="Bob")
    assert file.read_text() == "{"


def test_several_bots_write_one_file_and_nothing_is_lost(file: Path) -> None:
    def write(bot: int) -> None:
        for channel in range(10):
            Guilds(file).put("5", f"{bot}{channel}", persona="Bob")

    threads = [threading.Thread(target=write, args=(bot,)) for bot in range(1, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said: dict[str, Any] = json.loads(file.read_text())
    assert len(said["guilds"]["5"]["channels"]) == 30
    assert not list(file.parent.glob(".settings.json.[0-9]*"))
