"""What a bot has put before people while a job was not over: its message ids, and which jobs it has to look after.

A placeholder or a streamed text is there before the outcome is. Its id is in the record, so that whoever goes on edits
it: another process of the bot, the same one after a crash, or the delivery, whose `Delivery.sent` begins with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.contracts.errors import AlreadyRunning
from tasks.contracts.jobs import JobView
from tasks.contracts.messages import JobRequest
from tasks.jobs import record
from tasks.jobs.values import Move


@dataclass(frozen=True)
class Placed:
    """A job of a bot as it stands, and what people see of it."""

    view: JobView
    request: JobRequest
    sent: dict[str, str]
    """The platform's id of each chunk, by the chunk's name; empty: people see nothing yet."""


def placed(job: str, bot: str, generation: int, chunk: str, message_id: str) -> Move[bool]:
    """Remember the platform's id of a chunk of a job that is not over; a later one for the same chunk takes its place.

    False: the job has ended, withdrawn say, so nobody will edit that message: take it away, or say so in it.
    `generation` is `Outbox.generation`. Raises AlreadyRunning in a process that was replaced.
    """

    def read(answer: str) -> bool:
        if answer == "replaced":
            raise replaced(bot)
        return answer == "held"

    return Move("placed", (job, bot, generation, chunk, message_id), read, rings=False)


def live_of(bot: str) -> Move[list[str]]:
    """List the jobs of a bot that it has to look after, the oldest first.

    Those which are not over, and those which were withdrawn and left messages behind, until `tidied`.
    """
    return Move("live_of", (bot,), list, rings=False)


def read_placed(job: str) -> Move[Placed | None]:
    """Read a job and what people see of it; None where it is not known, or its words are gone since it ended."""

    def read(answer: list[Any]) -> Placed | None:
        fields, texts = record.paired(answer[0]), record.paired(answer[1])
        if not fields or "request" not in texts:
            return None
        return Placed(record.view_of(job, fields, texts, answer[2]), record.request_of(texts), ids(fields))

    return Move("read", (job,), read, rings=False)


def tidied(job: str, bot: str) -> Move[bool]:
    """Say that nothing is left before people of a job that was withdrawn; False: it was not on the list."""
    return Move("tidied", (bot, job), bool, rings=False)


def ids(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the ids of chunks in a record: what the delivery sent stands before what was placed earlier."""
    return {**json.loads(fields.get("placed", "{}")), **json.loads(fields.get("sent", "{}"))}


def replaced(bot: str) -> AlreadyRunning:
    """Return the error for a process of a bot after a newer one has taken over."""
    return AlreadyRunning(
        f"another process of the bot {bot!r} delivers its messages now", next_step="stop one of the two"
    )
