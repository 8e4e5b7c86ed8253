"""A persona says who it is; what cannot be is refused with its key, the value and what was wanted."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import parse
from tasks.contracts.personas import Persona


def persona(**fields: Any) -> Persona:
    """Return a persona as rookery.toml would have it."""
    return parse({"persona": [{"name": "ada", "model": "demo", **fields}]}, "f").personas[0]


def refused(**fields: Any) -> str:
    """Return why rookery.toml cannot have such a persona."""
    with pytest.raises(ConfigurationError) as caught:
        persona(**fields)
    return caught.value.message


def test_what_is_not_said_binds_nobody() -> None:
    plain = persona()
    assert (plain.enabled, plain.weight, plain.chance, plain.cache_s) == (True, 1.0, None, 0.0)
    assert (plain.per_minute, plain.per_hour, plain.per_day) == (0, 0, 0)
    assert plain.may_speak_in("discord", "1")


@pytest.mark.parametrize(
    ("trigger", "why"),
    [
        ({"kind": "keyword"}, "triggers[0].value (persona 'ada') = \"\": wanted a word or phrase"),
        ({"kind": "keyword", "value": " "}, "wanted a word or phrase"),
        ({"kind": "regex", "value": "(a"}, "wanted a regular expression"),
        ({"kind": "regex", "value": "(?=a)"}, "wanted a regular expression"),
        ({"kind": "silence", "value": "soon"}, "wanted seconds as text"),
        ({"kind": "silence", "value": "nan"}, "wanted seconds as text"),
        ({"kind": "silence", "value": "-1"}, "wanted seconds as text"),
        ({"kind": "smell", "value": "x"}, "wanted 'keyword', 'regex' or 'silence'"),
        ({"kind": "keyword", "value": "x", "chance": 1.1}, "wanted 1 or less"),
    ],
)
def test_a_trigger_that_could_never_fire_is_refused(trigger: dict[str, Any], why: str) -> None:
    assert why in refused(triggers=[trigger])


@pytest.mark.parametrize(("value", "seconds"), [("", 0.0), ("600", 600.0), ("1.5", 1.5)])
def test_a_silence_is_in_seconds(value: str, seconds: float) -> None:
    assert persona(triggers=[{"kind": "silence", "value": value}]).triggers[0].silence_s == seconds


@pytest.mark.parametrize(
    ("channels", "place", "may"),
    [
        ([], ("discord", "1", ""), True),
        (["discord"], ("discord", "1", ""), True),
        (["discord"], ("telegram", "1", ""), False),
        (["-100123"], ("telegram", "-100123", ""), True),
        (["7"], ("discord", "8", "7"), True),  # a thread of the channel
        (["7"], ("discord", "8", ""), False),
    ],
)
def test_a_persona_speaks_in_its_channels_and_their_threads(
    channels: list[str], place: tuple[str, str, str], *, may: bool
) -> None:
    assert persona(channels=channels).may_speak_in(*place) is may


def test_a_place_that_no_platform_has_is_refused_with_the_one_that_was_meant() -> None:
    assert "did you mean 'discord'?" in refused(channels=["disord"])


@pytest.mark.parametrize("address", ["ftp://h/x.png", "h/x.png", "https://me:hush@h/x.png", "https://h/x?token=hush"])
def test_a_picture_is_at_an_address_without_secrets(address: str) -> None:
    told = refused(avatar=address)
    assert "wanted an address" in told
    assert "hush" not in told
