from __future__ import annotations

import dataclasses

from bots.platform import Heard, Place
from bots.reception.asking import request_of, tenant_of
from tasks.contracts.fleet import Fleet

HEARD = Heard(
    platform="discord", bot="heron", place=Place("42"), message="1", user="7", author="Ada", text="hello", at_ms=1
)


def test_what_is_said_in_a_guild_belongs_to_the_guild_and_else_to_the_chat() -> None:
    assert tenant_of(HEARD) == "discord:42"
    assert tenant_of(dataclasses.replace(HEARD, guild="9", place=Place("43"))) == "discord:9"
    assert tenant_of(dataclasses.replace(HEARD, platform="telegram")) == "telegram:42"


def test_a_job_says_whose_it_is() -> None:
    fleet = Fleet()
    assert request_of(HEARD, fleet.personas[0], fleet, epoch=0).tenant == "discord:42"
