from __future__ import annotations

import dataclasses

from bots.platform import Attachment, Heard, Place
from bots.reception.asking import request_of, tenant_of
from tasks.contracts.fleet import Fleet
from tasks.contracts.messages import MAX_ID_CHARS

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


def test_a_job_says_which_files_came_along_and_not_what_is_in_them() -> None:
    fleet, long = Fleet(), "n" * 500
    files = (Attachment("a.txt", "https://example.org/secret", "text/plain", 7), Attachment(long, "", "", -1))
    heard = dataclasses.replace(HEARD, attachments=files)
    request = request_of(heard, fleet.personas[0], fleet, epoch=0)
    assert [(each.name, each.kind, each.size) for each in request.attached] == [
        ("a.txt", "text/plain", 7),
        (long[:MAX_ID_CHARS], "", 0),
    ]
    assert "secret" not in request.model_dump_json()


def test_a_job_says_whether_anybody_else_reads_the_answer() -> None:
    fleet = Fleet()
    alone = dataclasses.replace(HEARD, direct=True)
    assert [request_of(said, fleet.personas[0], fleet, epoch=0).direct for said in (HEARD, alone)] == [False, True]
