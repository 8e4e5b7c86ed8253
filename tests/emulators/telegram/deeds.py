"""What people do on the emulated Telegram, and what a test does to it: each makes updates, or changes the world."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.emulators.telegram.markup import found
from tests.emulators.telegram.methods import Methods
from tests.emulators.telegram.world import Chat, Message

BLOCKED = "bot was blocked by the user"
KICKED = {"group": "bot was kicked from the group chat", "supergroup": "bot was kicked from the supergroup chat"}
Deed = Callable[..., Awaitable[Any]]


class Deeds:
    """One verb each, called by name with plain values."""

    def __init__(self, methods: Methods) -> None:
        self.methods, self.world, self.mailbox = methods, methods.world, methods.mailbox

    async def say(
        self, user: str, text: str, chat: int = 0, topic: int = 0, reply_to: int = 0, file: dict[str, Any] | None = None
    ) -> int:
        """A person writes, to the bot alone unless a chat is named."""
        sender = self.world.user(user)
        where = self.world.chats[chat] if chat else self.world.private(sender)
        answered = where.messages.get(reply_to)
        # In a topic everything that answers nothing else answers the message that opened it; in other supergroups the
        # answers to one message are a thread without being a topic.
        thread = topic or (answered.thread or answered.id if answered and where.kind == "supergroup" else 0)
        message = self.world.post(
            where,
            sender,
            text,
            entities=found(text),
            thread=thread,
            reply_to=answered or where.messages.get(topic),
            file=self._file(**file) if file else {},
        )
        if self.world.hears(message):
            await self.mailbox.put("message", message.as_json())
        return message.id

    def _file(self, kind: str, name: str, data: str, mime: str = "") -> dict[str, Any]:
        content = base64.b64decode(data)
        about = self.methods.sending.document(name, content)["document"]
        if kind == "photo":
            small = {**about, "width": 90, "height": 60, "file_size": len(content) // 10}
            return {"photo": [small, {**about, "width": 900, "height": 600}]}
        return {"document": {**about, "mime_type": mime} if mime else about}

    async def edit(self, chat: int, message: int, text: str) -> None:
        """A person puts other words in the place of theirs."""
        said = self.world.chats[chat].messages[message]
        said.text, said.entities, said.edited = text, found(text), int(time.time())
        said.versions.append(text)
        if self.world.hears(said):
            await self.mailbox.put("edited_message", said.as_json())

    async def react(self, user: str, chat: int, message: int, emoji: list[str]) -> None:
        """A person puts reactions on a message, in the place of those before."""
        sender, said = self.world.user(user), self.world.chats[chat].messages[message]
        before = said.reactions.get(sender.id, [])
        said.reactions[sender.id] = emoji
        if said.chat.kind == "private" or said.chat.admin:
            update = {
                "chat": said.chat.as_json(),
                "message_id": message,
                "user": sender.as_json(),
                "date": int(time.time()),
                "old_reaction": [{"type": "emoji", "emoji": each} for each in before],
                "new_reaction": [{"type": "emoji", "emoji": each} for each in emoji],
            }
            await self.mailbox.put("message_reaction", update)

    async def press(self, user: str, chat: int, message: int, label: str) -> str:
        """A person presses the button with this label; returns the number of the press."""
        said = self.world.chats[chat].messages[message]
        buttons = [button for row in (said.markup or {}).get("inline_keyboard", []) for button in row]
        data = next(button["callback_data"] for button in buttons if button["text"] == label)
        return await self.press_raw(user, chat, message, data)

    async def press_raw(self, user: str, chat: int, message: int, data: str) -> str:
        """A person sends what no button below the message says."""
        number = str(secrets.randbits(60))
        self.methods.presses[number] = ""
        query = {
            "id": number,
            "from": self.world.user(user).as_json(),
            "message": self.world.chats[chat].messages[message].as_json(),
            "chat_instance": str(chat),
            "data": data,
        }
        await self.mailbox.put("callback_query", query)
        return number

    async def told(self, press: str) -> str:
        """Return what a person was told upon a press; empty: nothing yet."""
        return self.methods.presses[press]

    async def group(self, title: str, kind: str = "group", forum: bool = False, admin: bool = False) -> int:
        """Somebody makes a group with the bot in it."""
        return self.world.group(title, kind, forum=forum, admin=admin).id

    async def topic(self, chat: int, name: str) -> int:
        """Somebody opens a topic."""
        where = self.world.chats[chat]
        service = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        opened = self.world.post(where, self.world.user("admin"), "", service=service)
        opened.thread = opened.id
        where.topics[opened.id] = name
        return opened.id

    async def close_topic(self, chat: int, topic: int) -> None:
        """Somebody closes a topic."""
        self.world.chats[chat].closed.add(topic)

    async def block(self, user: str) -> None:
        """A person wants to hear nothing more."""
        self.world.private(self.world.user(user)).gone = BLOCKED

    async def kick(self, chat: int) -> None:
        """Somebody removes the bot from a group."""
        where = self.world.chats[chat]
        where.gone = KICKED[where.kind]

    async def mute(self, chat: int) -> None:
        """Somebody takes the right to write from the bot."""
        self.world.chats[chat].muted = True

    async def delete(self, chat: int, message: int) -> None:
        """Somebody deletes a message."""
        self.world.chats[chat].messages[message].deleted = True

    async def migrate(self, chat: int) -> int:
        """A group grows into a supergroup, under another number."""
        old = self.world.chats[chat]
        new = self.world.group(old.title, "supergroup", admin=old.admin)
        old.moved_to = new.id
        moved = self.world.post(old, self.world.user("admin"), "", service={"migrate_to_chat_id": new.id})
        await self.mailbox.put("message", moved.as_json())
        return new.id

    async def raw(self, update: dict[str, Any]) -> int:
        """Telegram sends an update of this shape."""
        return await self.mailbox.put_raw(update)

    async def renumber(self, first: int) -> None:
        """A week passes without updates."""
        self.mailbox.renumber(first)

    async def quirk(self, name: str, value: Any) -> None:
        """Telegram is like this from now on."""
        if name not in vars(self.world.quirks):
            raise ValueError(f"no quirk {name}")
        setattr(self.world.quirks, name, value)

    async def flood_wait(self, chat: int, seconds: float) -> None:
        """Telegram takes nothing for a chat for so long."""
        self.methods.sending.open_until[chat] = time.monotonic() + seconds

    async def chat_of(self, user: str) -> int:
        """Return the number of the bot's chat with a person."""
        return self.world.private(self.world.user(user)).id

    async def messages(self, chat: int) -> list[dict[str, Any]]:
        """Return what people see in a chat, and what each message said before."""
        return [_seen(message) for message in self._in(chat) if not message.deleted and not message.service]

    async def pending(self) -> list[dict[str, Any]]:
        """Return the updates that are not confirmed."""
        return self.mailbox.pending

    async def polls(self) -> list[int]:
        """Return the offset of each poll, 0 for none."""
        return self.mailbox.offsets

    async def commands(self) -> list[dict[str, str]]:
        """Return what is offered when somebody types a slash."""
        return self.methods.commands

    async def pushes(self) -> list[tuple[int, int]]:
        """Return which update was pushed to the webhook, and what came back, each time."""
        return self.mailbox.hook.tries

    def _in(self, chat: int) -> list[Message]:
        where: Chat = self.world.chats[chat]
        return list(where.messages.values())


def _seen(message: Message) -> dict[str, Any]:
    more = {"versions": message.versions, "ours": message.sender.is_bot, "reactions": message.reactions}
    return {**message.as_json(), "text": message.text, **more}
