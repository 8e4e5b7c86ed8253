"""The reception: what was heard goes in, and comes out as a job, as words to say at once, or as nothing.

Access first, on every path. Then commands, the words themselves, who answers, how much of it, and the submit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from bots import access, commands
from bots.access import Rules
from bots.fetching import TOTAL_S, Fetcher
from bots.guilds import Guilds, Local
from bots.lookout import Lookout
from bots.platform import Heard, Place
from bots.reception import asking, enclosures, limits
from bots.reception.bounded import Bounded
from bots.reception.meaning import is_addressed, is_called
from bots.reception.orders import Orders, Scene
from bots.reception.recent import Recent, chat_of
from bots.reception.schooling import Schooling
from bots.reception.silence import Silence
from bots.reception.speakers import Speakers
from bots.reception.values import (
    AWAY,
    HELD_UP,
    UNWANTED,
    Accepted,
    Command,
    Ignored,
    Told,
    Verdict,
    unless_a_bot,
)
from bots.reception.wishing import Follows, Wishing
from bots.words import Words
from tasks.contracts.clock import Clock, SystemClock
from tasks.contracts.errors import BadInput, Refused, RetryableError, RookeryError, StoreFull, UnknownJob
from tasks.contracts.fleet import Fleet, Persona
from tasks.contracts.messages import MAX_TEXT_CHARS, JobRequest
from tasks.jobs import intake, quotas, roster, sessions
from tasks.jobs.gateway import AsyncGateway

PATIENCE_S = 1.5  # with the ledger; a person hears of trouble within two seconds
MOST_TOLD = 2_000
DISABLED, MUTED, NOT_MEANT, EDITED = "not enabled here", "muted here", "nobody is meant", "edited"
TOLD_BEFORE, NOT_TYPED = "told before", "nothing to read in it"
UNHOSTED = "No machine that has my model is up just now. Your message is kept, and I answer when one is back."
TOO_LONG = "That is longer than I can take at once. Please send it in parts."
SEE_FILE = "Please read the file."
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Around:
    """What the reception stands on."""

    gateway: AsyncGateway
    fleet: Callable[[], Fleet]
    rules: Callable[[], Rules]
    words: Words
    guilds: Guilds
    postman: Follows
    tell: Callable[[Place, str, str], None]
    """Say something beside the answer to a job: where, what, and which job."""
    fetcher: Fetcher
    clock: Clock = field(default_factory=SystemClock)
    patience_s: float = PATIENCE_S


class Desk:
    """The one door for adapters: see `bots.reception.values.Reception`."""

    def __init__(self, around: Around) -> None:
        self._around, self._gateway, self._store = around, around.gateway, around.gateway.store
        lookout = Lookout(self._store, around.clock)
        self._recent = Recent()
        self._speakers = Speakers(self._store, lookout, around.clock)
        schooling = Schooling(self._store, around.words)
        self._orders = Orders(self._gateway, around.guilds, self._recent, lookout, schooling)
        self._wishing = Wishing(self._gateway, around.postman, around.words, around.clock)
        self._told: Bounded[tuple[str, str], bool] = Bounded(MOST_TOLD)
        self._unhosted: Bounded[tuple[str, str], bool] = Bounded(MOST_TOLD)
        self._busy: set[asyncio.Task[Verdict]] = set()
        self.silence = Silence(
            self._store, self._recent, self._speakers, around.fleet, around.guilds, self._admit, around.clock
        )
        """Whoever speaks first; to be run beside the desk."""

    def admits(self, heard: Heard) -> bool:
        """Return whether the person may speak to the bot there."""
        return not self._refusal(heard, self._around.guilds.at(heard))

    def excuse(self, heard: Heard) -> Verdict:
        """Return what is said of a message that has to wait behind one that the ledger did not take."""
        refused = self._refusal(heard, self._around.guilds.at(heard))
        return Ignored(refused) if refused else unless_a_bot(heard, self._away(heard, HELD_UP))

    async def hear(self, heard: Heard) -> Verdict:
        """Take in a message, new or edited; a text that begins with a command's name is that command."""
        local = self._around.guilds.at(heard)
        if why := self._refusal(heard, local):
            return Ignored(why)
        return unless_a_bot(heard, await self._soon(self._take(heard, local), heard, HELD_UP))

    async def command(self, command: Command) -> Verdict:
        """Carry out a command or a button, as `bots.reception.values.Reception` says."""
        heard = command.said
        local = self._around.guilds.at(heard)
        if why := self._refusal(heard, local):
            return Ignored(why)
        return unless_a_bot(heard, await self._soon(self._order(command, local), heard, AWAY))

    def _refusal(self, heard: Heard, local: Local) -> str:
        rules = self._around.rules()
        why = access.refusal(heard, rules)
        if why or access.is_admin(heard.user, rules):
            return why
        if local.enabled is False:
            return DISABLED
        return "" if heard.direct or not local.roles or heard.roles & set(local.roles) else access.STRANGER

    async def _soon(self, work: Coroutine[Any, Any, Verdict], heard: Heard, late: str) -> Verdict:
        """Return what `work` comes to, or the words `late` where the ledger does not answer; it goes on by itself."""
        task = asyncio.create_task(work)
        self._busy.add(task)
        task.add_done_callback(self._over)
        patience_s = self._around.patience_s + (TOTAL_S if heard.attachments else 0.0)
        await asyncio.wait({task}, timeout=patience_s)
        try:
            return task.result()
        except asyncio.InvalidStateError:
            return self._away(heard, late)
        except StoreFull as exc:
            return self._away(heard, exc.notice)
        except RetryableError:
            return self._away(heard, late)
        except RookeryError as exc:
            return Told(exc.notice, private=True)

    def _over(self, task: asyncio.Task[Verdict]) -> None:
        self._busy.discard(task)
        if not task.cancelled() and (exc := task.exception()) is not None:
            logger.warning("a message was not taken in", extra={"error": str(exc)})

    def _away(self, heard: Heard, words: str) -> Verdict:
        """Say once for each message that it was not taken in; where the platform sends it again, it is tried again.

        Who did not speak to the bot hears nothing of its troubles.
        """
        key = chat_of(heard.place), heard.message
        if not is_called(heard, self._around.fleet()):
            return Ignored(NOT_MEANT, again=True)
        if key in self._told:
            return Ignored(TOLD_BEFORE, again=True)
        self._told.put(key, True)
        return Told(words, again=True)

    async def _take(self, heard: Heard, local: Local) -> Verdict:
        if heard.edited:
            return await self._edit(heard)
        if (known := self._recent.request(heard)) is not None:
            return Accepted(known.job, known.persona, heard.place)
        written = commands.parse(heard.text)
        asked_us = heard.direct or heard.mentioned or (written is not None and written.name in commands.NAMES)
        if written is not None and asked_us and (not written.to or heard.mentioned or heard.direct):
            return await self._order(Command(written.name, replace(heard, text=written.args, mentioned=True)), local)
        self._recent.note(heard)
        return Ignored(MUTED) if local.mute else await self._ask(heard, local)

    async def _order(self, command: Command, local: Local) -> Verdict:
        heard = command.said
        if command.name == commands.ASK:
            if not heard.text and not heard.attachments:
                return Told(commands.WHAT_TO_ASK, private=True)
            return await self._ask(heard, local)
        fleet, states = self._around.fleet(), await self._speakers.states()
        resting = frozenset(name for name, state in states.items() if state.disabled)
        here = commands.may_speak(heard, fleet, resting)
        scene = Scene(command, local, fleet, self._around.rules(), here)
        if command.name in commands.WISHES:
            return await self._wishing.take(scene, self._recent.latest(heard.place, limits.user_of(heard)))
        if command.name != commands.RETRY:
            return await self._orders.carry_out(scene)
        if (known := self._recent.request(heard)) is not None:
            return Accepted(known.job, known.persona, heard.place)
        anew = await self._orders.again(scene)
        return anew if isinstance(anew, Told) else await self._admit(anew, heard, fleet.persona(anew.persona))

    async def _ask(self, heard: Heard, local: Local) -> Verdict:
        meant = is_addressed(heard)
        try:
            heard = self._read(heard)
        except BadInput as exc:
            return Told(exc.notice) if meant else Ignored(NOT_TYPED)
        fleet = self._around.fleet()
        chosen = await self._speakers.who(heard, self._recent.said(heard.place), local, fleet)
        if chosen is None:
            return await self._nobody(heard, fleet) if meant else Ignored(NOT_MEANT)
        persona = asking.with_local(fleet.persona(chosen.name), local, fleet)
        epoch = await self._store.run(sessions.epoch(asking.conversation_of(heard)))
        request = asking.request_of(heard, persona, fleet, epoch)
        try:
            text = await self._worded(heard, request)
        except BadInput as exc:
            return Told(exc.notice)
        return await self._admit(request.model_copy(update={"text": text}), heard, persona)

    async def _worded(self, heard: Heard, request: JobRequest) -> str:
        """Return what the model is given to read. Raises BadInput, with a notice, for a file that cannot be read."""
        reading = await enclosures.read(heard.attachments, self._around.fetcher)
        if reading.trouble:
            raise _unfit(reading.trouble)
        heard = replace(heard, chain=asking.open_quotes(heard.chain, request, self._around.fleet()))
        known = self._recent.asked_in(request.session) if heard.chain else []
        quotes, blocked = asking.unknown_quotes(heard, known, request.persona), self._around.words.current()
        text = asking.worded(
            heard,
            [replace(quoted, text=blocked.masked(quoted.text)) for quoted in quotes],
            [replace(file, text=blocked.masked(file.text)) for file in reading.files],
        )
        return intake.clean(text)

    def _read(self, heard: Heard) -> Heard:
        """Return what was heard with words fit to be taken in. Raises BadInput with a notice for the person."""
        if not heard.text.strip():
            if not heard.attachments:
                raise _unfit(commands.LISTENING)
            heard = replace(heard, text=SEE_FILE)
        if len(heard.text) > MAX_TEXT_CHARS:
            raise _unfit(TOO_LONG)
        text = intake.clean(heard.text)
        blocked = self._around.words.current()
        if blocked.inbound == "refuse" and blocked.finds(text):
            raise _unfit(UNWANTED)
        return replace(heard, text=blocked.masked(text))

    async def _nobody(self, heard: Heard, fleet: Fleet) -> Told:
        """Return what is said where somebody was asked and nobody answers."""
        if not heard.persona:
            return Told(commands.NOBODY_HERE, private=True)
        named = commands.persona_named(heard.persona, fleet.personas)
        why = roster.why_away(named, await self._speakers.states()) if named else ""
        if named and why:
            return Told(commands.resting(named.name, why), private=True)
        known = [persona.name for persona in commands.may_speak(heard, fleet)]
        return Told(commands.unknown_name("persona", heard.persona, known), private=True)

    async def _admit(self, request: JobRequest, heard: Heard, persona: Persona) -> Verdict:
        """Charge and submit a job, and have it followed."""
        charged = limits.charges(heard, persona, self._around.fleet())
        if charged:
            admission = await self._store.run(quotas.take(charged, request.job))
            if not admission.ok:
                return Told(limits.refusal(admission, charged))
        try:
            accepted = await self._gateway.submit(request, ear=self._around.postman.ear)
        except Refused as exc:
            if charged:
                await self._store.run(quotas.refund(request.job, charged))
            return Told(exc.notice)
        self._around.postman.follow(request, fresh=accepted.fresh)
        self._recent.answered(heard, request)
        self._tell_of_hosts(heard, request, hosted=accepted.hosted)
        if accepted.fresh:
            await self._store.run(roster.spoke(persona.name, request.job))
        return Accepted(request.job, persona.name, heard.place)

    def _tell_of_hosts(self, heard: Heard, request: JobRequest, *, hosted: bool) -> None:
        """Say once in a chat that no host is up, until one was."""
        key = chat_of(heard.place), request.model
        if hosted:
            self._unhosted.pop(key)
        elif key not in self._unhosted:
            self._unhosted.put(key, True)
            self._around.tell(heard.place, UNHOSTED, request.job)

    async def _edit(self, heard: Heard) -> Verdict:
        """Give a job the new words of its message, unless somebody is at it already."""
        request = self._recent.request(heard)
        if request is None:
            return Ignored(EDITED)
        try:
            text = await self._worded(self._read(heard), request)
            replaced = await self._gateway.edit(request.model_copy(update={"text": text}))
        except (UnknownJob, BadInput):
            return Ignored(EDITED)
        return Accepted(request.job, request.persona, heard.place) if replaced else Ignored(EDITED)


def _unfit(notice: str) -> BadInput:
    exc = BadInput("the message is not taken in")
    exc.notice = notice
    return exc
