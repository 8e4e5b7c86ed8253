"""Has a persona speak first where nobody has said anything for a while, if the config lets one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bots.guilds import Guilds
from bots.listening.company import company_of
from bots.listening.context import analyze
from bots.platform import Heard
from bots.reception import asking
from bots.reception.bounded import Bounded
from bots.reception.recent import Recent, chat_of
from bots.reception.speakers import Speakers
from bots.reception.values import Verdict
from tasks.contracts.clock import Clock
from tasks.contracts.errors import RookeryError
from tasks.contracts.fleet import Fleet, Persona
from tasks.contracts.messages import JobClass, JobRequest, job_id
from tasks.contracts.personas import SILENCE as TRIGGER
from tasks.jobs import sessions
from tasks.jobs.store import AsyncStore

LOOK_S = 5.0
MOST_CHATS = 500
MS = 1000
SILENCE = "silence"  # the kind of such a job, and who it counts for
OPENING = "(Nobody has said anything here for a while. Say something short that takes up what was talked about.)"
Admit = Callable[[JobRequest, Heard, Persona], Awaitable[Verdict]]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Quiet:
    """A chat in which nothing is said."""

    message: str
    """The last one."""
    since_s: float
    settled: bool = False
    """Whether everybody's time has come: nobody will speak any more before somebody else does."""


class Silence:
    """Looks around every few seconds. In direct messages nobody speaks first."""

    def __init__(
        self,
        store: AsyncStore,
        recent: Recent,
        speakers: Speakers,
        fleet: Callable[[], Fleet],
        guilds: Guilds,
        admit: Admit,
        clock: Clock,
    ) -> None:
        self._store, self._recent, self._speakers, self._fleet = store, recent, speakers, fleet
        self._guilds, self._admit, self._clock = guilds, admit, clock
        self._quiet: Bounded[str, Quiet] = Bounded(MOST_CHATS)

    async def run(self) -> None:
        """Look around for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except RookeryError as exc:
                logger.warning("nobody could speak first", extra={"error": str(exc)})

    async def look(self) -> None:
        """Have whose time has come speak. Raises what the ledger raises."""
        fleet = self._fleet()
        waits_s = _waits_s(fleet)
        for said in self._recent.talks() if waits_s else ():
            quiet = self._known(said[-1])
            for_s = self._clock.monotonic_s() - quiet.since_s
            if quiet.settled or said[-1].from_bot or said[-1].direct or for_s < min(waits_s):
                continue
            self._quiet.put(chat_of(said[-1].place), replace(quiet, settled=for_s >= max(waits_s)))
            await self._break(said, for_s, fleet)

    def _known(self, last: Heard) -> Quiet:
        key = chat_of(last.place)
        known = self._quiet.get(key)
        if known is None or known.message != last.message:
            known = Quiet(last.message, self._clock.monotonic_s())
            self._quiet.put(key, known)
        return known

    async def _break(self, said: Sequence[Heard], for_s: float, fleet: Fleet) -> None:
        """Have one speak whose time has come, if the place lets it."""
        last = said[-1]
        local = self._guilds.at(last)
        if local.enabled is False or local.mute:
            return
        around = replace(analyze(said, last.at_ms), silence_ms=int(for_s * MS))
        persona = await self._speakers.first(last, around, local, fleet)
        if persona is None:
            return
        epoch = await self._store.run(sessions.epoch(asking.conversation_of(last)))
        heard = _opening(last, persona)
        request = asking.request_of(heard, asking.with_local(persona, local, fleet), fleet, epoch)
        await self._admit(_after_silence(request, last, persona), heard, persona)


def _waits_s(fleet: Fleet) -> list[float]:
    """Return how long silences are after which somebody speaks; none: nobody ever does."""
    rules = [rule for one in company_of(fleet).silent for rule in one.triggers if rule.kind == TRIGGER]
    return [wait_s for rule in rules if (wait_s := rule.silence_s or fleet.casting.silence_s) > 0]


def _opening(last: Heard, persona: Persona) -> Heard:
    """Return what stands for a message where there is none: it answers nothing, and is of nobody."""
    return replace(
        last,
        place=replace(last.place, message=""),
        message=f"{SILENCE}-{last.message}",
        user=SILENCE,
        author="",
        text=OPENING,
        persona=persona.name,
        mentioned=False,
        replied_to="",
        replied_to_us=False,
        replied_to_author="",
        chain=(),
        attachments=(),
    )


def _after_silence(request: JobRequest, last: Heard, persona: Persona) -> JobRequest:
    """Return the job of somebody who speaks first: the same one however often one looks, and behind who waits."""
    job = job_id(last.platform, last.bot, last.place.chat, last.message, persona=persona.name, kind=SILENCE)
    first = {"job": job, "text": OPENING, "job_class": JobClass.AMBIENT, "max_in_flight": 0}
    return request.model_copy(update={**first, "recall": False})  # nobody said that
