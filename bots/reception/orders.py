"""The commands carried out: each looks at who asks, does one thing, and says so in a line."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bots import access, commands
from bots.access import Rules
from bots.guilds import Guilds, Local
from bots.lookout import Lookout
from bots.platform import Heard
from bots.reception import asking, limits
from bots.reception.bounded import Bounded
from bots.reception.recent import Asked, Recent
from bots.reception.schooling import Schooling
from bots.reception.values import Command, Told
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet, Persona
from tasks.contracts.jobs import JobState
from tasks.contracts.messages import JobRequest
from tasks.jobs import placing, quotas, sessions
from tasks.jobs.gateway import AsyncGateway

BROKEN = "The file of settings cannot be used as it stands, so I left it alone. Its owner's log says why."
MOST_LOOKED_AT = 100  # jobs of a bot that a /stop looks through after a restart
MOST_ANEW = 1_000
SUBMIT_S = 5.0  # after which a job that nobody knows was none
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scene:
    """What a command is about: who says it where, and what holds there."""

    command: Command
    local: Local
    fleet: Fleet
    rules: Rules
    here: tuple[Persona, ...]
    """Who may answer there."""

    @property
    def heard(self) -> Heard:
        """The command as something that was said."""
        return self.command.said

    @property
    def may_manage(self) -> bool:
        """Whether the person may say who answers here: in a direct message it is their own affair."""
        managers = frozenset(self.local.managers or ())
        named = managers & {self.heard.user, *self.heard.roles}
        return self.heard.direct or bool(named) or access.is_admin(self.heard.user, self.rules)

    def speaker(self, latest: Asked | None) -> Persona | None:
        """Return who answers here most likely: as the channel says, else who did last, else the first."""
        for name in (self.local.persona, latest and latest.persona):
            if name and (found := commands.persona_named(name, self.here)):
                return found
        return self.here[0] if self.here else None


class Orders:
    """Carries out what is no question."""

    def __init__(
        self, gateway: AsyncGateway, guilds: Guilds, recent: Recent, lookout: Lookout, schooling: Schooling
    ) -> None:
        self._gateway, self._guilds, self._recent, self._lookout = gateway, guilds, recent, lookout
        self._schooling = schooling
        self._anew: Bounded[str, tuple[str, float]] = Bounded(MOST_ANEW)
        """Of jobs that were to be answered anew, the latest that was to do so, and since when."""
        self._verbs: dict[str, Callable[[Scene], Awaitable[Told]]] = {
            commands.PERSONA: self._persona,
            commands.MODEL: self._model,
            commands.RESET: self._reset,
            commands.STATUS: self._status,
            commands.STOP: self._stop,
            commands.LEARNING: self._learning,
            commands.CORRECT: self._correct,
        }

    async def carry_out(self, scene: Scene) -> Told:
        """Do what a command says; one that there is not is answered with those that there are."""
        name = scene.command.name
        if name in self._verbs:
            return await self._verbs[name](scene)
        known = name in (commands.HELP, commands.GREETING)
        return Told(commands.help_text("" if known else name), private=True)

    async def again(self, scene: Scene) -> JobRequest | Told:
        """Return the job that answers a question anew, or why there is none."""
        asked = self._latest(scene)
        job = scene.command.job or (asked.job if asked else "")
        stood = await self._gateway.store.run(placing.read_placed(job)) if job else None
        if stood is None:
            return Told(commands.NOTHING_TO_RETRY, private=True)
        if stood.request.user != limits.user_of(scene.heard):
            return Told(commands.NOT_YOURS, private=True)
        if not stood.view.answered:
            return Told(commands.STILL_AT_IT, private=True)
        anew = asking.anew(stood.request, scene.heard)
        before = self._anew.get(anew.replaces)
        busy = before is not None and before[0] != anew.job and await self._is_at_it(*before)
        if busy or self._anew.get(anew.replaces) is not before:  # of two presses at once one is the first
            return Told(commands.STILL_AT_IT, private=True)
        self._anew.put(anew.replaces, (anew.job, time.monotonic()))
        return anew

    async def _is_at_it(self, job: str, since_s: float) -> bool:
        """Return whether a job is not answered yet. One that nobody knows was refused, or is about to be known."""
        stood = await self._gateway.store.run(placing.read_placed(job))
        return not stood.view.answered if stood else time.monotonic() - since_s < SUBMIT_S

    async def _persona(self, scene: Scene) -> Told:
        speaker = scene.speaker(self._latest(scene))
        wanted = scene.heard.text
        if not wanted:
            return Told(commands.persona_list(scene.here, speaker.name if speaker else ""), private=True)
        found = commands.persona_named(wanted, scene.here)
        if found is None and wanted.lower() not in commands.NOBODY:
            known = [persona.name for persona in scene.here]
            return Told(commands.unknown_name("persona", wanted, known), private=True)
        return self._set(scene, "persona", found.name if found else "")

    async def _model(self, scene: Scene) -> Told:
        speaker = scene.speaker(self._latest(scene))
        if speaker is None:
            return Told(commands.NOBODY_HERE, private=True)
        models = asking.models_for(speaker, scene.fleet)
        wanted = scene.heard.text
        if not wanted:
            current = asking.with_local(speaker, scene.local, scene.fleet).model
            return Told(commands.model_list(models, current, speaker.name), private=True)
        found = commands.model_named(wanted, models)
        if not found and wanted.lower() not in commands.NOBODY:
            return Told(commands.unknown_name("model", wanted, models), private=True)
        return self._set(scene, "model", found)

    def _set(self, scene: Scene, key: str, value: str) -> Told:
        if not scene.may_manage:
            return Told(commands.NOT_ALLOWED, private=True)
        heard = scene.heard
        try:
            self._guilds.put(heard.guild, heard.place.chat, **{key: value or None})
        except ConfigurationError as exc:
            logger.warning("settings were not written", extra={"error": str(exc)})
            return Told(BROKEN, private=True)
        return Told(commands.chosen(value, not value))

    async def _reset(self, scene: Scene) -> Told:
        await self._gateway.store.run(sessions.reset(asking.conversation_of(scene.heard)))
        return Told(commands.RESET_DONE)

    async def _status(self, scene: Scene) -> Told:
        seen = await self._lookout.status()
        speaker = scene.speaker(self._latest(scene))
        charged = limits.charges(scene.heard, speaker, scene.fleet) if speaker else ()
        quota = limits.left(await self._gateway.store.run(quotas.quota(*charged))) if charged else ""
        return Told(commands.status_text(seen, quota), private=True)

    async def _stop(self, scene: Scene) -> Told:
        job = scene.command.job or await self._own_job(scene)
        if not job:
            return Told(commands.NOTHING_TO_STOP, private=True)
        user = limits.user_of(scene.heard)
        stood = await self._gateway.store.run(placing.read_placed(job))
        if stood is None:
            return Told(commands.TOO_LATE, private=True)
        if stood.request.user != user and not access.is_admin(scene.heard.user, scene.rules):
            return Told(commands.NOT_YOURS, private=True)
        state = await self._gateway.cancel(job, user)
        return Told(commands.STOPPED if state is JobState.WITHDRAWN else commands.TOO_LATE, private=True)

    async def _learning(self, scene: Scene) -> Told:
        return await self._schooling.decide(scene.heard, may_manage=scene.may_manage)

    async def _correct(self, scene: Scene) -> Told:
        latest = self._latest(scene)
        return await self._schooling.correct(scene.heard, latest.job if latest else "")

    async def _own_job(self, scene: Scene) -> str:
        """Return the person's own latest job in this chat that is not answered; empty: there is none."""
        store, user = self._gateway.store, limits.user_of(scene.heard)
        latest = self._latest(scene)
        live = [] if latest else (await store.run(placing.live_of(scene.heard.bot)))[-MOST_LOOKED_AT:]
        for job in [latest.job] if latest else reversed(live):
            stood = await store.run(placing.read_placed(job))
            if stood is None or stood.view.answered or stood.request.user != user:
                continue
            if stood.request.reply_to.get("chat") == scene.heard.place.chat:
                return job
        return ""

    def _latest(self, scene: Scene) -> Asked | None:
        return self._recent.latest(scene.heard.place, limits.user_of(scene.heard))
