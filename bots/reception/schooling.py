"""The commands about learning carried out: who may be learned from, and what an answer should have been."""

from __future__ import annotations

from bots import lessons
from bots.lessons import Decision
from bots.platform import Heard
from bots.reception.limits import channel_of, user_of
from bots.reception.values import UNWANTED, Told
from bots.words import Words
from tasks.contracts.errors import BadInput
from tasks.contracts.jobs import Outcome
from tasks.jobs import consents, feedback, intake, placing
from tasks.jobs.feedback import Opinion
from tasks.jobs.store import AsyncStore
from tasks.jobs.values import Move

NAMELESS = "I cannot be sure here who you are: anybody may use a name like yours. So I learn nothing from here."


class Schooling:
    """Takes down what people say about being learned from. Everybody decides for themselves."""

    def __init__(self, store: AsyncStore, words: Words) -> None:
        self._store, self._words = store, words

    async def decide(self, heard: Heard, *, may_manage: bool) -> Told:
        """Note whether somebody, or who `may_manage` for a channel, lets it be learned from what is said."""
        if heard.from_bot or not heard.vouched:
            return _alone(NAMELESS)
        decided = lessons.decided(heard.text)
        if decided is None:
            return _alone(lessons.HOW)
        person, channel = user_of(heard), channel_of(heard)
        if decided.what is Decision.STATUS:
            return _alone(lessons.standing(await self._store.run(consents.look(person, channel))))
        if decided.here:
            return await self._decide_here(decided.what, channel, person) if may_manage else _alone(lessons.NOT_YOURS)
        if decided.what is Decision.ON:
            await self._store.run(consents.agree(person))
            return _alone(lessons.AGREED)
        await self._store.run(consents.withdraw(person))
        return _alone(lessons.WITHDRAWN)

    async def correct(self, heard: Heard, latest: str) -> Told:
        """Note what an answer should have been: the one that is replied to, or else that of the job `latest`."""
        if heard.from_bot or not heard.vouched:
            return _alone(NAMELESS)
        try:
            text = self._said(heard)
        except BadInput as exc:
            return _alone(exc.notice)
        about = await self._about(heard, latest, text)
        if isinstance(about, str):
            return _alone(about)
        await self._store.run(about)
        return _alone(lessons.thanks(await self._store.run(consents.look(user_of(heard), channel_of(heard)))))

    async def _decide_here(self, what: Decision, channel: str, who: str) -> Told:
        closes = what is Decision.OFF
        await self._store.run(consents.close(channel, who) if closes else consents.reopen(channel))
        return Told(lessons.CLOSED if closes else lessons.REOPENED)

    async def _about(self, heard: Heard, latest: str, text: str) -> Move[str] | str:
        """Return how a correction is noted, or what is said instead."""
        person = user_of(heard)
        if heard.replied_to:
            if not heard.replied_to_us:
                return lessons.WHICH
            where = (heard.bot, heard.place.chat, heard.replied_to)
            return feedback.of_message(*where, person, Opinion.CORRECTED, text)
        stood = await self._store.run(placing.read_placed(latest)) if latest else None
        if not latest or (stood is not None and stood.view.answered and stood.view.outcome is not Outcome.REPLY):
            return lessons.WHICH
        if stood is not None and not stood.view.answered:
            return lessons.TOO_EARLY
        return feedback.of_job(latest, person, Opinion.CORRECTED, text)

    def _said(self, heard: Heard) -> str:
        """Return the words. Raises BadInput with a notice: there are none, or they are not wanted."""
        if not heard.text.strip():
            raise _unfit(lessons.WHAT_TO_CORRECT)
        text, blocked = intake.clean(heard.text), self._words.current()
        if blocked.inbound == "refuse" and blocked.finds(text):
            raise _unfit(UNWANTED)
        return blocked.masked(text)


def _alone(words: str) -> Told:
    return Told(words, private=True)


def _unfit(notice: str) -> BadInput:
    exc = BadInput("no correction")
    exc.notice = notice
    return exc
