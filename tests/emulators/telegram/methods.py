"""The methods of the Bot API, with the answers and the refusals of the real one."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.emulators.telegram.asked import Asked, Kinds, Refusal, bad
from tests.emulators.telegram.mailbox import Conflict, Hook, Mailbox
from tests.emulators.telegram.sending import Sending
from tests.emulators.telegram.world import World

ACTIONS = frozenset({"typing", "upload_photo", "upload_document", "choose_sticker", "find_location"})
REACTIONS = frozenset("👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌👀✍")
FILE_BYTES = 20 * 2**20
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
PORTS = frozenset({None, 443, 80, 88, 8443})
WHERE: Kinds = {"chat_id": "number", "message_thread_id": "number"}
WORDS: Kinds = {"parse_mode": "text", "entities": "json", "link_preview_options": "json", "reply_markup": "json"}
Handler = Callable[["Methods", Asked], Awaitable[Any]]
TABLE: dict[str, tuple[str, Kinds, Handler]] = {}
"""By the name in small letters: methods are found whatever their case."""


def method(name: str, **kinds: str) -> Callable[[Handler], Handler]:
    """Put a method into the table."""

    def put(handler: Handler) -> Handler:
        TABLE[name.lower()] = (name, kinds, handler)
        return handler

    return put


class Methods:
    """What the bot may ask for."""

    def __init__(self, world: World, mailbox: Mailbox) -> None:
        self.world, self.mailbox = world, mailbox
        self.sending = Sending(world)
        self.commands: list[dict[str, str]] = []
        self.presses: dict[str, str] = {}
        """Pressed buttons that wait for an answer, and what they were told."""

    @method("getMe")
    async def get_me(self, _asked: Asked) -> Any:
        bot = self.world.bot.as_json()
        more = {"can_join_groups": True, "can_read_all_group_messages": not self.world.quirks.privacy}
        return {**bot, **more, "supports_inline_queries": False}

    @method("getUpdates", offset="number", limit="number", timeout="number", allowed_updates="json")
    async def get_updates(self, asked: Asked) -> Any:
        if self.mailbox.hook.url:
            raise conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete it first")
        self._choose(asked)
        try:
            return await self.mailbox.poll(asked.number("offset"), asked.number("limit"), asked.number("timeout"))
        except Conflict:
            raise conflict(
                "terminated by other getUpdates request; make sure that only one bot instance is running"
            ) from None

    def _choose(self, asked: Asked) -> None:
        if asked.json("allowed_updates") is not None:
            self.mailbox.allowed = asked.json("allowed_updates")

    @method(
        "setWebhook",
        url="text",
        secret_token="text",
        allowed_updates="json",
        max_connections="number",
        drop_pending_updates="flag",
    )
    async def set_webhook(self, asked: Asked) -> Any:
        url, secret = asked.text("url"), asked.text("secret_token")
        if self.world.quirks.https_only and url:
            if not url.startswith("https://"):
                raise bad("bad webhook: An HTTPS URL must be provided for webhook")
            port = re.match(r"https://[^/:]+:(\d+)", url)
            if port and int(port[1]) not in PORTS:
                raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        if secret and not SECRET.fullmatch(secret):
            raise bad("secret token contains unallowed characters")
        self._choose(asked)
        if asked.flag("drop_pending_updates"):
            self.mailbox.pending.clear()
        self.mailbox.hook = Hook(url, secret, asked.number("max_connections", 40), tries=self.mailbox.hook.tries)
        await self.mailbox.stir()
        return True

    @method("deleteWebhook", drop_pending_updates="flag")
    async def delete_webhook(self, asked: Asked) -> Any:
        if asked.flag("drop_pending_updates"):
            self.mailbox.pending.clear()
        self.mailbox.hook = Hook(tries=self.mailbox.hook.tries)
        return True

    @method("getWebhookInfo")
    async def get_webhook_info(self, _asked: Asked) -> Any:
        hook = self.mailbox.hook
        info = {"url": hook.url, "has_custom_certificate": False, "pending_update_count": len(self.mailbox.pending)}
        if hook.error:
            info |= {"last_error_date": hook.error_at, "last_error_message": hook.error}
        return info

    @method("sendMessage", **WHERE, **WORDS, text="text", reply_parameters="json", disable_notification="flag")
    async def send_message(self, asked: Asked) -> Any:
        chat = self.sending.chat(asked)
        text, entities = self.sending.words(asked, "text")
        return self.sending.post(asked, chat, text, entities).as_json()

    @method("editMessageText", **WORDS, chat_id="number", message_id="number", text="text")
    async def edit_message_text(self, asked: Asked) -> Any:
        message = self.sending.own(asked)
        if message.file:
            raise bad("there is no text in the message to edit")
        text, entities = self.sending.words(asked, "text")
        self.sending.change(asked, message, text, entities)
        return message.as_json()

    @method("editMessageMedia", chat_id="number", message_id="number", media="json", reply_markup="json")
    async def edit_message_media(self, asked: Asked) -> Any:
        message, media = self.sending.own(asked), asked.json("media")
        if media["type"] != "document":
            raise bad("EMULATOR: documents only")
        name, data = asked.attached(media["media"])
        text, entities = self.sending.caption(media.get("caption", ""), media.get("parse_mode", ""))
        message.file = self.sending.document(name, data)
        self.sending.change(asked, message, text, entities)
        return message.as_json()

    @method("deleteMessage", chat_id="number", message_id="number")
    async def delete_message(self, asked: Asked) -> Any:
        message = self.world.standing(self.sending.chat(asked, to_post=False), asked.number("message_id"))
        if message is None:
            raise bad("message to delete not found")
        if message.sender is not self.world.bot and not message.chat.admin:
            raise bad("message can't be deleted")
        message.deleted = True
        return True

    @method("sendChatAction", **WHERE, action="text")
    async def send_chat_action(self, asked: Asked) -> Any:
        self.sending.topic(asked, self.sending.chat(asked))
        if asked.text("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        return True

    @method(
        "sendDocument",
        **WHERE,
        document="text",
        caption="text",
        parse_mode="text",
        reply_parameters="json",
        reply_markup="json",
    )
    async def send_document(self, asked: Asked) -> Any:
        chat = self.sending.chat(asked)
        name, data = asked.upload("document")
        text, entities = self.sending.caption(asked.text("caption"), asked.text("parse_mode"))
        return self.sending.post(asked, chat, text, entities, file=self.sending.document(name, data)).as_json()

    @method("setMessageReaction", chat_id="number", message_id="number", reaction="json", is_big="flag")
    async def set_message_reaction(self, asked: Asked) -> Any:
        message = self.world.standing(self.sending.chat(asked, to_post=False), asked.number("message_id"))
        if message is None:
            raise bad("message to react not found")
        chosen = asked.json("reaction") or []
        if len(chosen) > 1 or any(each.get("emoji") not in REACTIONS for each in chosen):
            raise bad("REACTION_INVALID")
        message.reactions[self.world.bot.id] = [each["emoji"] for each in chosen]
        return True

    @method("setMyCommands", commands="json", scope="json", language_code="text")
    async def set_my_commands(self, asked: Asked) -> Any:
        commands = asked.json("commands")
        for each in commands:
            if not COMMAND.fullmatch(each["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(each["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = commands
        return True

    @method("answerCallbackQuery", callback_query_id="text", text="text", show_alert="flag", cache_time="number")
    async def answer_callback_query(self, asked: Asked) -> Any:
        number = asked.text("callback_query_id")
        if self.presses.get(number, "told") != "":
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(asked.text("text")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.presses[number] = asked.text("text") or "(answered)"
        return True

    @method("getFile", file_id="text")
    async def get_file(self, asked: Asked) -> Any:
        number = asked.text("file_id")
        if number not in self.world.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        name, data = self.world.files[number]
        if len(data) > FILE_BYTES:
            raise bad("file is too big")
        path = f"documents/{number}/{name}"
        return {"file_id": number, "file_unique_id": number, "file_size": len(data), "file_path": path}

    @method("getChat", chat_id="number")
    async def get_chat(self, asked: Asked) -> Any:
        more = {"accent_color_id": 0, "max_reaction_count": 11, "date": int(time.time())}
        return {**self.sending.chat(asked, to_post=False).as_json(), **more}


def conflict(description: str) -> Refusal:
    """Return a 409."""
    return Refusal(409, f"Conflict: {description}")
