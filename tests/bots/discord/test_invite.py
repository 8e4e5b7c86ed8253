from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from bots.discord import invite
from tasks.contracts.errors import ConfigurationError

ADMINISTRATOR = 1 << 3


def token_of(number: str) -> str:
    return base64.urlsafe_b64encode(number.encode()).decode().rstrip("=") + ".abcdef.secret"


def asked(address: str) -> int:
    return int(parse_qs(urlsplit(address).query)["permissions"][0])


@pytest.mark.parametrize("number", ["80351110224678912", "1234567890123456789"])
def test_a_token_begins_with_the_number_of_its_application(number: str) -> None:
    assert invite.application_of(token_of(number)) == number


@pytest.mark.parametrize("wrong", ["", "a.b.c", "not a token", "ÄÖÜ.x.y"])
def test_what_is_no_token_is_told_with_what_to_do(wrong: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        invite.application_of(wrong)
    assert "developer portal" in str(told.value)


def test_the_link_asks_for_slash_commands_and_the_least_permissions() -> None:
    query = parse_qs(urlsplit(invite.link("42", webhooks=False)).query)
    assert query["client_id"] == ["42"]
    assert query["scope"] == ["bot applications.commands"]
    assert asked(invite.link("42", webhooks=False)) == invite.NEEDED
    assert not invite.NEEDED & ADMINISTRATOR


def test_webhooks_are_asked_for_where_personas_speak_by_them() -> None:
    assert asked(invite.link("42", webhooks=True)) == invite.NEEDED | invite.MANAGE_WEBHOOKS
