"""What Telegram looks at before it takes a message or an edit, in the order in which it does."""

from __future__ import annotations

import math
import secrets
import time
from typing import Any

from tests.emulators.telegram.asked import Asked, Refusal, bad
from tests.emulators.telegram.markup import CannotParse, Entity, parsed, units
from tests.emulators.telegram.world import Chat, Message, World

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
DOCUMENT_BYTES = 50 * 2**20
CALLBACK_BYTES = 64
CHAT_EVERY_S = 1.0
GROUP_PER_MINUTE = 20
MINUTE_S = 60.0


class Sending:
    """The checks, and what comes of a message that passes them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._spoken: dict[int, list[float]] = {}
        self.open_until: dict[int, float] = {}
        """Chats under a flood wait, as a test has put it."""

    def chat(self, asked: Asked, *, to_post: bool = True) -> Chat:
        """Return the chat that is meant. Raises Refusal where the bot may not."""
        chat = self.world.chats.get(asked.number("chat_id"))
        if chat is None:
            raise bad("chat not found")
        if chat.gone:
            raise Refusal(403, f"Forbidden: {chat.gone}")
        if chat.moved_to:
            moved = "group chat was upgraded to a supergroup chat"
            raise bad(moved, migrate_to_chat_id=chat.moved_to)
        if to_post and chat.muted:
            raise bad("not enough rights to send text messages to the chat")
        return chat

    def words(self, asked: Asked, name: str) -> tuple[str, list[Entity]]:
        """Return the text as it will stand there."""
        text, entities = self._parsed(asked.text(name), asked.text("parse_mode"))
        if not text:
            raise bad("message text is empty")
        if units(text) > TEXT_UNITS:
            raise bad("message is too long")
        return text, entities

    def caption(self, text: str, parse_mode: str) -> tuple[str, list[Entity]]:
        """Return the words below a file."""
        text, entities = self._parsed(text, parse_mode)
        if units(text) > CAPTION_UNITS:
            raise bad("message caption is too long")
        return text, entities

    def _parsed(self, text: str, parse_mode: str) -> tuple[str, list[Entity]]:
        try:
            return parsed(text, parse_mode)
        except CannotParse as exc:
            raise bad(f"can't parse entities: {exc}") from exc

    def document(self, name: str, data: bytes) -> dict[str, Any]:
        """Return a file as a message carries it, kept for whoever asks for it."""
        if not data:
            raise bad("file must be non-empty")
        if len(data) > DOCUMENT_BYTES:
            raise Refusal(413, "Request Entity Too Large")
        number = secrets.token_hex(8)
        self.world.files[number] = (name, data)
        about = {"file_id": number, "file_unique_id": number, "file_name": name, "file_size": len(data)}
        return {"document": about}

    def topic(self, asked: Asked, chat: Chat) -> int:
        """Return the topic that is meant; 0: none."""
        thread = asked.number("message_thread_id")
        if thread and thread not in chat.topics:
            raise bad("message thread not found")
        if thread in chat.closed:
            raise bad("TOPIC_CLOSED")
        return thread

    def post(self, asked: Asked, chat: Chat, text: str, entities: list[Entity], **more: Any) -> Message:
        """Take a message."""
        thread, answered = self.topic(asked, chat), self._answered(asked, chat)
        markup = self.markup(asked)
        self._flood(chat)
        return self.world.post(
            chat,
            self.world.bot,
            text,
            entities=entities,
            thread=thread,
            reply_to=answered,
            markup=markup,
            **more,
        )

    def own(self, asked: Asked) -> Message:
        """Return the message to edit."""
        chat = self.chat(asked, to_post=False)
        message = self.world.standing(chat, asked.number("message_id"))
        if message is None:
            raise bad("message to edit not found")
        if message.sender is not self.world.bot:
            raise bad("message can't be edited")
        return message

    def change(self, asked: Asked, message: Message, text: str, entities: list[Entity]) -> None:
        """Put other words in the place of a message's."""
        markup = self.markup(asked)
        same = (message.text, message.entities, message.markup) == (text, entities, markup)
        if same and asked.method == "editMessageText":
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        self._flood(message.chat)
        message.text, message.entities, message.markup = text, entities, markup
        message.edited = int(time.time())
        message.versions.append(text)

    def markup(self, asked: Asked) -> dict[str, Any] | None:
        """Return the buttons below a message."""
        markup: dict[str, Any] | None = asked.json("reply_markup")
        if markup is None or not markup.get("inline_keyboard"):
            return None
        for button in (button for row in markup["inline_keyboard"] for button in row):
            if not button.get("text"):
                raise bad("inline keyboard button text is empty")
            if not 1 <= len(button.get("callback_data", "").encode()) <= CALLBACK_BYTES:
                raise bad("BUTTON_DATA_INVALID")
        return markup

    def _answered(self, asked: Asked, chat: Chat) -> Message | None:
        wanted = asked.json("reply_parameters")
        if not wanted:
            return None
        if set(wanted) - {"message_id", "allow_sending_without_reply", "quote"}:
            raise bad("EMULATOR: unknown reply parameters")
        message = self.world.standing(chat, int(wanted["message_id"]))
        if message is None and not wanted.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
        return message

    def _flood(self, chat: Chat) -> None:
        now = time.monotonic()
        wait_s = self.open_until.get(chat.id, 0.0) - now
        if self.world.quirks.flood:
            spoken = [at for at in self._spoken.get(chat.id, []) if now - at < MINUTE_S]
            self._spoken[chat.id] = spoken
            if spoken and now - spoken[-1] < CHAT_EVERY_S:
                wait_s = max(wait_s, self.world.quirks.retry_after_s)
            if chat.kind != "private" and len(spoken) >= GROUP_PER_MINUTE:
                wait_s = max(wait_s, MINUTE_S - (now - spoken[0]))
        if wait_s > 0:
            wait = math.ceil(wait_s)
            raise Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        self._spoken.setdefault(chat.id, []).append(now)
