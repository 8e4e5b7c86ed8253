"""The tables about platforms and conversations: ids are numbers, secrets are elsewhere, and they fit each other."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet, parse


def refused(**tables: Any) -> str:
    """Return why rookery.toml cannot have these tables."""
    with pytest.raises(ConfigurationError) as caught:
        parse(tables, "f")
    return caught.value.message


def test_nothing_is_open_to_orders_and_everything_else_to_everybody_unless_somebody_says_so() -> None:
    fleet = Fleet()
    assert (fleet.discord.admins, fleet.telegram.admins) == ((), ())
    assert (fleet.discord.users, fleet.discord.channels, fleet.telegram.chats) == ((), (), ())
    assert not any(fleet.limits.model_dump(exclude={"channel_in_flight"}).values())


@pytest.mark.parametrize("given", [123456789012345678, "123456789012345678"])
def test_an_id_may_be_copied_as_the_platform_shows_it(given: object) -> None:
    assert parse({"discord": {"users": [given]}}, "f").discord.users == ("123456789012345678",)


@pytest.mark.parametrize("given", ["ada", "@ada", "12 34", "", True, 1.5])
def test_a_name_is_no_id(given: object) -> None:
    assert "f: discord.admins[0]" in refused(discord={"admins": [given]})


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ({"telegram": {"name": "discord"}}, 'telegram.name = "discord": wanted another name than [discord] has'),
        ({"feed": {"name": "web"}}, "wanted another name than the page and the terminal has"),
        ({"discord": {"name": "a b"}}, "letters, digits, dots, dashes or underscores"),
        ({"feed": {"poll_min_s": 61}}, "feed.poll_min_s = 61.0: wanted no more than feed.poll_max_s"),
        ({"feed": {"channel": "news"}}, "feed.url"),
        ({"telegram": {"webhook_url": "https://h", "webhook_port": 8080}}, "wanted another port than web.port"),
        ({"discord": {"gateway": "https://h"}}, "wanted an address such as wss://example.org"),
        ({"discord": {"api": "ws://h"}}, "wanted an address such as https://example.org"),
        ({"casting": {"strategy": "loudest"}}, "'mention', 'topic', 'weighted', 'random' or 'round-robin'"),
        ({"casting": {"chance": 2}}, "wanted 1 or less"),
        ({"limits": {"user_minute": -1}}, "wanted 0 or more"),
        ({"transcript": {"url": "mysql://h/x"}}, "wanted an address such as postgresql://"),
    ],
)
def test_what_cannot_be_is_told_with_its_key(tables: dict[str, Any], why: str) -> None:
    assert why in refused(**tables)


@pytest.mark.parametrize(
    "address",
    ["https://marzipan@h/v", "https://ada:marzipan@h", "https://h/?key=marzipan", "https://h/v?a=1&api_key=marzipan"],
)
@pytest.mark.parametrize(
    ("table", "key"), [("discord", "api"), ("telegram", "api"), ("telegram", "webhook_url"), ("feed", "url")]
)
def test_an_address_with_a_secret_in_it_is_refused_and_not_shown(table: str, key: str, address: str) -> None:
    told = refused(**{table: {key: address}})
    assert "without a secret in it" in told
    assert "marzipan" not in told


def test_a_webhook_that_nobody_set_up_takes_no_port() -> None:
    assert parse({"telegram": {"webhook_port": 8080}}, "f").telegram.webhook_port == 8080


@pytest.mark.parametrize(
    "tables",
    [
        {"feed": {"url": "https://me:canary7@h"}},
        {"feed": {"url": "https://h/?api_key=canary7"}},
        {"telegram": {"api": "http://x:canary7@h:1"}},
        {"transcript": {"url": "mysql://u:canary7@h/x"}},
        {"transcript": {"url": "canary7"}},
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_shown(tables: dict[str, Any]) -> None:
    assert "canary7" not in refused(**tables)
