"""Carries out one step on the platform, and makes of whatever it answers what is known afterwards."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bots.delivery.chats import Chat
from bots.delivery.letter import Letter
from bots.delivery.nonces import nonce_of
from bots.delivery.steps import FIRST, Doubt, Edit, Find, Post, Step
from bots.platform import WHISPER, Face, Outgoing, Platform
from tasks.contracts.errors import PlatformBusy, PlatformRefused, PlatformUnavailable
from tasks.jobs.crashpoints import reach

logger = logging.getLogger(__name__)
BACKOFF_S, BACKOFF_CAP_S = 0.5, 30.0
DRY = "dry-run"
AGAIN = "+"  # of a nonce's kind: a message that was taken away is posted anew, as another one


@dataclass(frozen=True)
class Lost:
    """The platform will never take it."""

    why: str


class Carrier:
    """Carries steps to one platform."""

    def __init__(self, platform: Platform, face: Callable[[str], Face | None], is_dry: Callable[[], bool]) -> None:
        self._platform, self._face, self._is_dry = platform, face, is_dry

    async def carry(self, letter: Letter, chat: Chat, step: Step, *, whole: bool) -> Lost | None:
        """Take one step; what came of it is in the letter. Returns `Lost` when the words can never stand there.

        `whole` says that nothing more will come: then what cannot be done one way is done another way.
        """
        began_s = time.monotonic()
        if self._is_dry():
            self._pretend(letter, step)
            return None
        try:
            await self._take(letter, step)
        except PlatformBusy as exc:
            chat.hold(time.monotonic() + exc.retry_after_s)
        except PlatformUnavailable as exc:
            if isinstance(step, Post):
                letter.shown = letter.shown.doubted(step.piece.chunk, Doubt(step.kind, began_s, step.piece))
            letter.failures += 1
            logger.warning("platform unavailable", extra=_about(letter, step) | {"why": exc.message})
            chat.hold(time.monotonic() + backoff_s(letter.failures))
        except PlatformRefused as exc:
            logger.warning("platform refused", extra=_about(letter, step) | {"why": exc.message})
            return self._otherwise(letter, step, exc.message, whole=whole)
        else:
            letter.failures = 0
        return None

    async def _take(self, letter: Letter, step: Step) -> None:
        what = self._outgoing(letter, step)
        if isinstance(step, Post):
            message = await self._platform.post(letter.place, what)
            reach("placeholder.sent" if letter.delivery is None else "delivery.sent")
            letter.shown = letter.shown.posted(step, message)
            letter.unrecorded[step.piece.chunk] = message
        elif isinstance(step, Edit):
            await self._platform.edit(letter.place, step.message, what)
            reach("delivery.edited")
            letter.shown = letter.shown.edited(step.piece)
        else:
            message = await self._platform.find(letter.place, what, letter.since_ms)
            letter.shown = letter.shown.found(step.piece.chunk, message)
            if message:
                letter.unrecorded[step.piece.chunk] = message

    def _outgoing(self, letter: Letter, step: Step) -> Outgoing:
        piece = step.piece
        return Outgoing(
            text=piece.text,
            nonce=nonce_of(letter.job, _kind(letter, step), piece.chunk),
            face=self._face(letter.request.persona),
            buttons=piece.buttons,
            file=piece.file,
            reply=piece.chunk == FIRST,
            final=piece.final,
        )

    def _otherwise(self, letter: Letter, step: Step, why: str, *, whole: bool) -> Lost | None:
        """Find another way for what was refused."""
        if isinstance(step, Find):  # it may not look; to answer twice is better than not at all
            letter.shown = letter.shown.settled(step.piece.chunk)
            return None
        if letter.place.via == WHISPER:  # anywhere else others would read it
            letter.muted = True
            return Lost(why) if whole else None
        if letter.place.via:  # a webhook that was deleted, an interaction that is over
            letter.place = replace(letter.place, via="")
            return None
        if isinstance(step, Post) and letter.place.message:  # what it answers was deleted
            letter.place = replace(letter.place, message="")
            return None
        if not whole:
            letter.muted = True
            return None
        if isinstance(step, Edit) and step.piece.chunk not in letter.again:
            letter.again.add(step.piece.chunk)
            letter.shown = letter.shown.without(step.piece.chunk)
            return None
        return Lost(why)

    def _pretend(self, letter: Letter, step: Step) -> None:
        """Note what would have been done: how long the words are, never which ones."""
        logger.info("dry run", extra=_about(letter, step) | {"chars": self._platform.length(step.piece.text)})
        if isinstance(step, Post):
            letter.shown = letter.shown.posted(replace(step, sure=True), DRY)
        elif isinstance(step, Edit):
            letter.shown = letter.shown.edited(step.piece)
        else:
            letter.shown = letter.shown.found(step.piece.chunk, "")


def backoff_s(failures: int) -> float:
    """Return how long to wait after so many failures in a row: twice as long each time, and never all at once."""
    longest = min(BACKOFF_CAP_S, BACKOFF_S * 2.0 ** min(failures - 1, 10))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 (to spread load, nothing secret)


def _kind(letter: Letter, step: Step) -> str:
    kind = "" if isinstance(step, Edit) else step.kind
    return kind + AGAIN if step.piece.chunk in letter.again else kind


def _about(letter: Letter, step: Step) -> dict[str, str]:
    return {"job": letter.job, "step": type(step).__name__.lower(), "chunk": step.piece.chunk}
