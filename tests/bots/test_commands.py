from __future__ import annotations

import pytest

from bots import commands
from bots.commands import Written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("/help", Written("help", "")),
        ("  /Ask  how\nare you? ", Written("ask", "how\nare you?")),
        ("/ask@rook_bot hi", Written("ask", "hi", "rook_bot")),
        ("/etc/hosts", None),
        ("/", None),
        ("/ help", None),
        ("a /help", None),
        ("//help", None),
        ("", None),
        ("/" + "x" * 40, None),
    ],
)
def test_a_command_is_told_from_other_text(text: str, written: Written | None) -> None:
    assert commands.parse(text) == written


def test_the_list_is_short_and_names_nothing_that_is_not_there() -> None:
    listed = commands.help_text().splitlines()
    assert [line.split()[0].removeprefix("/") for line in listed] == list(commands.NAMES)
    assert all(len(line) < 80 for line in listed)


def test_a_long_list_of_models_is_cut() -> None:
    listed = commands.model_list([f"m{n}" for n in range(100)], "m3", "Ada")
    assert "› m3" in listed
    assert listed.endswith("and 60 more")


def test_a_name_that_nobody_has_is_quoted_short() -> None:
    assert len(commands.unknown_name("persona", "x" * 5000, ["Ada"])) < 200
