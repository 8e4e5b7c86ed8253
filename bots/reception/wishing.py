"""People's wishes about their own memories: who may have them, where they are answered, and that they mean it."""

from __future__ import annotations

from typing import Protocol

from bots import wishes
from bots.commands import FORGET
from bots.platform import Heard, Place
from bots.reception import asking, limits
from bots.reception.bounded import Bounded
from bots.reception.orders import Scene
from bots.reception.recent import Asked
from bots.reception.values import A_BOT, UNWANTED, Accepted, Ignored, Told, Verdict
from bots.wishes import KIND
from bots.words import Words
from tasks.contracts.clock import Clock
from tasks.contracts.errors import BadInput
from tasks.contracts.messages import JobRequest, job_id
from tasks.contracts.wishes import Wish, request_for
from tasks.jobs import placing, remembering
from tasks.jobs.gateway import AsyncGateway

SURE_S = 120.0
MOST_ASKED = 1_000
ARE_YOU_SURE = (
    "That takes away all that I remember of you, wherever you told me, and your words in the archive. "
    f"Nothing brings it back. To go ahead, send `/{FORGET} everything` once more within two minutes."
)
NAMELESS = (
    "I cannot be sure here who you are: anybody may use a name like yours. So I neither show nor change what is "
    "remembered of you. Whoever runs me can."
)
FOR_YOU_ALONE = "That is for your eyes alone. Please choose /{name} in the menu of commands, or write to me directly."
IN_OUR_CHAT = "I answer you in our own chat. If nothing comes, open it, press Start, and ask me there."


NOT_NOW = "I cannot get at my memories just now. Please ask again in a while."
SHOWS = ("list", "export")  # what nobody waits for where nobody is up who has it


class Follows(Protocol):
    """Who shows a job from its submit on: the postman."""

    @property
    def ear(self) -> str:
        """By what it hears of a job as it comes along."""

    def follow(self, request: JobRequest, *, fresh: bool = True) -> None:
        """Show from now on how a job comes along."""


class Wishing:
    """Makes jobs of wishes. They cost nobody's quota: what is known of people is theirs, however much they asked."""

    def __init__(self, gateway: AsyncGateway, postman: Follows, words: Words, clock: Clock) -> None:
        self._gateway, self._postman, self._words, self._clock = gateway, postman, words, clock
        self._asked: Bounded[str, tuple[str, float]] = Bounded(MOST_ASKED)
        """By person and chat, which command asked for everything to be forgotten, and when."""

    async def take(self, scene: Scene, latest: Asked | None) -> Verdict:
        """Have a wish carried out, or say why not. Raises Refused: too much of the person's is not answered yet."""
        heard, name = scene.heard, scene.command.name
        if heard.from_bot:
            return Ignored(A_BOT)
        if not heard.vouched:
            return Told(NAMELESS, private=True)
        try:
            wish = self._said(name, heard)
            persona = wishes.keeper(scene.fleet, scene.speaker(latest), *scene.here).name if _adds(wish) else ""
        except BadInput as exc:
            return Told(exc.notice, private=True)
        place = place_for(wish, heard)
        if place is None:
            return Told(FOR_YOU_ALONE.format(name=name), private=True)
        asked = request_in(place, wish, heard, persona)
        if wishes.is_everything(wish) and not (self._is_sure(heard) or await self._is_known(asked.job)):
            return Told(ARE_YOU_SURE, private=True)
        if wish.kind in SHOWS and not await self._gateway.store.run(remembering.somebody()):
            return Told(NOT_NOW, private=True)
        accepted = await self._gateway.submit(asked, ear=self._postman.ear)
        self._postman.follow(asked, fresh=accepted.fresh)
        return Accepted(asked.job, asked.persona, place, "" if place.chat == heard.place.chat else IN_OUR_CHAT)

    def _said(self, name: str, heard: Heard) -> Wish:
        """Return what is wanted. Raises BadInput with a notice: words that are asked to be left out are not kept."""
        wish, blocked = wishes.wish_of(name, heard.text), self._words.current()
        if not _adds(wish):
            return wish
        if blocked.inbound == "refuse" and blocked.finds(wish.about):
            raise wishes.unfit(UNWANTED)
        return wish.model_copy(update={"about": blocked.masked(wish.about)})

    async def _is_known(self, job: str) -> bool:
        """Return whether a command was taken up before: by an earlier process that did not live to see it answered."""
        return await self._gateway.store.run(placing.read_placed(job)) is not None

    def _is_sure(self, heard: Heard) -> bool:
        """Return whether somebody asks a second time, soon after the first. The same message again is no second one."""
        key, now_s = f"{limits.user_of(heard)} {heard.place.chat}", self._clock.monotonic_s()
        before = self._asked.get(key)
        if before is not None and before[0] != heard.message and now_s - before[1] <= SURE_S:
            return True
        if before is None or before[0] != heard.message:
            self._asked.put(key, (heard.message, now_s))
        return False


def request_in(place: Place, wish: Wish, heard: Heard, persona: str) -> JobRequest:
    """Return the job that grants a wish and is answered in that place."""
    return request_for(
        wish.model_copy(update={"alone": heard.direct or place == heard.alone}),
        job_of(heard),
        limits.user_of(heard),
        user=wishes.counted(limits.user_of(heard)),
        persona=persona,
        bot=heard.bot,
        reply_to=place.as_ids(),
        tenant=asking.tenant_of(heard),
        channel=limits.channel_of(heard),
        direct=heard.direct,
        max_in_flight=wishes.MOST_AT_ONCE,
    )


def job_of(heard: Heard) -> str:
    """Return the id of the job that a wish becomes: the same command is the same job however often it comes."""
    return job_id(heard.platform, heard.bot, heard.place.chat, heard.message, kind=KIND)


def place_for(wish: Wish, heard: Heard) -> Place | None:
    """Return where a wish is answered: where nobody else reads it. None: there is no such place.

    That something is remembered, those may read who read what.
    """
    if _adds(wish) and (heard.alone is None or heard.alone.chat != heard.place.chat):
        return heard.place
    return heard.alone or (heard.place if heard.direct else None)


def _adds(wish: Wish) -> bool:
    return wish.kind == "remember"
