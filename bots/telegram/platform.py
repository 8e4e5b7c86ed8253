"""What delivery can do on Telegram: post, edit, show that somebody writes. A message is edited, never sent twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from bots.platform import Bounds, Outgoing, Place, Proof
from bots.telegram import markup
from bots.telegram.api import Api, Declined, File
from tasks.contracts.errors import AlreadyRunning, PlatformRefused, PlatformUnavailable

CHARS = 4096
CAPTION_CHARS = 1024
SIGNATURE_CHARS = 72  # for the name of whoever speaks, above the words
PRIVATE_EDIT_S, GROUP_EDIT_S = 1.5, 3.0  # a chat takes about one message a second, a group twenty a minute
TYPING_S = 4.5  # the sign goes away after five seconds
HTML = "HTML"
NOT_MODIFIED = "message is not modified"
NOT_UNDERSTOOD = ("can't parse entities", "message text is empty")  # what markup of ours may come to, at the worst
NO_PREVIEW = {"is_disabled": True}  # else Telegram would fetch, unasked, any address that a model writes
DOCUMENT = "document"
logger = logging.getLogger(__name__)


def alone() -> bool:
    """Return that one persona speaks, who needs no name above its words."""
    return False


class Telegram:
    """The platform that delivery knows."""

    name = "telegram"

    def __init__(self, api: Api, signs: Callable[[], bool] = alone) -> None:
        """`signs` tells whether several personas speak, so that each puts its name above its words."""
        self._api, self._signs = api, signs

    def bounds(self, place: Place) -> Bounds:
        """Return what may be sent there; the numbers of groups are negative."""
        chars = CHARS - SIGNATURE_CHARS if self._signs() else CHARS
        return Bounds(chars, GROUP_EDIT_S if place.chat.startswith("-") else PRIVATE_EDIT_S, TYPING_S)

    def proof(self, _place: Place) -> Proof:
        """Return that a placeholder comes first: Telegram knows no nonce, and shows a bot no history."""
        return Proof.PLACEHOLDER

    def length(self, text: str) -> int:
        """Return how long a text is by Telegram's count, once it has read the markup."""
        return markup.length(text)

    async def post(self, place: Place, what: Outgoing) -> str:
        """Post a message and return its id."""
        there: dict[str, Any] = {"chat_id": int(place.chat)}
        if place.topic:
            there["message_thread_id"] = int(place.topic)
        if place.message and what.reply:
            there["reply_parameters"] = {"message_id": int(place.message), "allow_sending_without_reply": True}
        if what.file is None:
            sent = await self._said("sendMessage", there, what)
        else:
            file = File(DOCUMENT, *what.file)
            sent = await self._call("sendDocument", file=file, caption=self._caption(what), **there, **_keyboard(what))
        return str(sent["message_id"])

    async def edit(self, place: Place, message: str, what: Outgoing) -> None:
        """Put other words, or a file, in the place of a message's."""
        there: dict[str, Any] = {"chat_id": int(place.chat), "message_id": int(message)}
        if what.file is None:
            await self._said("editMessageText", there, what)
            return
        media = {"type": DOCUMENT, "media": f"attach://{DOCUMENT}", "caption": self._caption(what)}
        file = File(DOCUMENT, *what.file)
        try:
            await self._call("editMessageMedia", file=file, media=media, **there, **_keyboard(what))
        except Declined as exc:
            if NOT_MODIFIED not in exc.description:
                raise

    async def find(self, _place: Place, _what: Outgoing, _since_ms: int) -> str:
        """Return nothing: Telegram shows a bot no history."""
        return ""

    async def typing(self, place: Place) -> None:
        """Show that an answer is being written."""
        topic: dict[str, Any] = {"message_thread_id": int(place.topic)} if place.topic else {}
        try:
            await self._call("sendChatAction", chat_id=int(place.chat), action="typing", **topic)
        except (PlatformUnavailable, PlatformRefused) as exc:
            logger.debug("typing was not shown", extra={"error": str(exc)})

    async def _said(self, method: str, there: dict[str, Any], what: Outgoing) -> Any:
        """Send words with their markup, or once more without, where Telegram makes nothing of it and took nothing."""
        marked: dict[str, Any] = {"text": self._html(what), "parse_mode": HTML}
        for words in (marked, {"text": self._plain(what)}):
            try:
                return await self._call(method, link_preview_options=NO_PREVIEW, **there, **words, **_keyboard(what))
            except Declined as exc:
                if NOT_MODIFIED in exc.description:
                    return None
                if "parse_mode" not in words or not any(said in exc.description for said in NOT_UNDERSTOOD):
                    raise
                logger.warning("markup was not understood", extra={"error": exc.description})
        raise AssertionError("the last try returns or raises")

    async def _call(self, method: str, *, file: File | None = None, **given: Any) -> Any:
        """Call, in the supergroup that a group has become, where it has."""
        try:
            return await self._api.call(method, file=file, **given)
        except AlreadyRunning as exc:  # only fetching updates gives it; were it otherwise, nothing is known
            raise PlatformUnavailable(exc.message) from exc
        except Declined as exc:
            if not exc.moved_to or "message_id" in given:
                raise
            given.pop("reply_parameters", None)
            return await self._api.call(method, file=file, **{**given, "chat_id": exc.moved_to})

    def _html(self, what: Outgoing) -> str:
        name = self._signature(what)
        words = markup.to_html(what.text) if what.final else markup.escaped(what.text)
        return f"<b>{markup.escaped(name)}</b>\n{words}" if name else words

    def _plain(self, what: Outgoing) -> str:
        name = self._signature(what)
        return f"{name}\n{markup.hushed(what.text)}" if name else markup.hushed(what.text)

    def _caption(self, what: Outgoing) -> str:
        return self._plain(what)[: CAPTION_CHARS // 2]

    def _signature(self, what: Outgoing) -> str:
        """Return the name above the first words of an answer, where several personas speak."""
        signed = what.face is not None and what.reply and self._signs()
        return what.face.name[: SIGNATURE_CHARS // 2 - 1] if what.face is not None and signed else ""


def _keyboard(what: Outgoing) -> dict[str, Any]:
    buttons = [{"text": each.label, "callback_data": f"{each.action}:{each.job}"} for each in what.buttons]
    return {"reply_markup": {"inline_keyboard": [buttons]}} if buttons else {}
