"""What whoever looks after the flock is to be told: kept in the ledger until it was, so that no crash loses it.

`notify` is for everybody; who tells is the upkeep worker (`tasks/notification`).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tasks.contracts import names
from tasks.contracts.messages import JobRequest, Turn
from tasks.contracts.notices import LEVELS, Notice
from tasks.contracts.queues import UPKEEP
from tasks.jobs import bell, record
from tasks.jobs.store import Store
from tasks.jobs.values import MS, Move, Ways, says

QUIET_S = 600.0
"""Of one thing, no more than one notice is told in so long."""
MOST_AN_HOUR = 20
"""Of all together; what is grave has as much again for itself."""
LEASE_MS = 60_000  # who takes a notice and dies keeps others from telling it for so long
NOBODY = "rookery"  # whose job a notice to a chat is
_VIA = "by:"


class Kept(StrEnum):
    """What became of a notice that was handed in."""

    DUE = "due"
    KNOWN = "known"
    """It was handed in before, under the same id."""
    REPEATED = "repeated"
    """The same was told a moment ago."""
    MANY = "many"
    """Too much is told already; how often that was is told with the next one."""


@dataclass(frozen=True)
class Taken:
    """A notice in the hands of who tells it."""

    id: str
    notice: Notice
    tries: int
    """This one with it."""
    held: int
    """How many were held back before it, since they were too many."""
    told: frozenset[str]
    """The channels that have it already."""


def notify(store: Store, notice: Notice, *, notice_id: str = "", quiet_s: float = QUIET_S) -> Kept:
    """Hand in something to be told. The same `notice_id` is the same notice, however often it is handed in.

    Raises:
        StoreUnavailable: Redis did not answer; handing it in again, with its id, is safe.
    """
    return store.run(keep(notice, notice_id or secrets.token_hex(8), quiet_s))


def keep(notice: Notice, notice_id: str, quiet_s: float = QUIET_S, most: int = MOST_AN_HOUR) -> Move[Kept]:
    """Keep a notice until it was told; without `quiet_s` also if the same was told a moment ago."""
    about = hashlib.sha256(notice.about.encode("utf-8", "surrogatepass")).hexdigest()[:24] if quiet_s else ""
    grave = 2 if notice.level == LEVELS[-1] else 1
    rung = bell.message(names.NOTIFY, f"notice-{notice_id}", UPKEEP, (notice_id,))
    args = (notice_id, notice.model_dump_json(), about, int(quiet_s * MS), most * grave, rung)
    return Move("notice", args, Kept, rings=False)


def take(notice_id: str = "", lease_ms: int = LEASE_MS) -> Move[Taken | None]:
    """Take a notice that is due: this one, or the one that is for longest. None where there is none."""

    def read(answer: list[Any]) -> Taken | None:
        if not answer:
            return None
        fields = record.paired(answer[1])
        told = frozenset(name.removeprefix(_VIA) for name in fields if name.startswith(_VIA))
        said = Notice.model_validate_json(fields["said"])
        return Taken(answer[0], said, int(fields["tries"]), int(fields["held"]), told)

    return Move("notice_take", (notice_id, lease_ms), read, rings=False)


def told(taken: Taken, channels: tuple[str, ...], wait_ms: int | None) -> Move[bool]:
    """Note who has it by now, and when to go on with the others; None: never."""
    args = (taken.id, "" if wait_ms is None else wait_ms, *channels)
    return Move("notice_told", args, says("kept"), rings=False)


def say(bot: str, chat: str, words: str, *, job: str, deadline_s: float) -> Move[bool]:
    """Have a bot say something in a chat, as it delivers an answer: once, and also if it is up only later."""
    request = JobRequest(
        job=job,
        model=NOBODY,
        session=f"notice:{job}",
        user=NOBODY,
        text=" ",
        history=(Turn(role="assistant", text=words),),
        remember=False,
        bot=bot,
        reply_to={"chat": chat},
        deadline_s=deadline_s,
    )
    ways = Ways()
    settings = {"tries": 1, "life_s": ways.life_s, "text_life_s": ways.text_life_s, "window": 0, "recall_ms": 0}
    args = (job, record.record_of(request, settings), request.model_dump_json(), words, int(deadline_s * MS))
    return Move("say", args, says("fresh"), rings=False)
