"""What there is on the emulated Telegram: users, chats, topics, messages, and one bot among them."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.telegram.markup import Entity

BOT_ID = 700_001
BOT_USERNAME = "rookery_test_bot"
TOKEN = f"{BOT_ID}:AAtestTESTtestTESTtestTESTtestTESTtes"
FIRST_USER = 1001
FIRST_GROUP = -4001
FIRST_SUPERGROUP = -1_001_000_000_001


@dataclass
class Quirks:
    """What can be switched, from a test or while the emulator runs."""

    privacy: bool = True
    """The bot hears in groups only what is plainly meant for it, unless it is an administrator."""
    mentions_pass: bool = False
    """Whether a mere @mention gets through privacy mode: Telegram's list of what does has none."""
    flood: bool = False
    """One message a second in a chat, and twenty a minute in a group."""
    retry_after_s: int = 1
    duplicates: bool = False
    """Every update is handed out a second time after it was confirmed."""
    backwards: bool = False
    """A batch of updates comes with the latest first."""
    https_only: bool = True
    """A webhook has to be https, as Telegram demands."""
    webhook_retry_s: float = 0.05
    longest_poll_s: float = 50.0


@dataclass(frozen=True)
class User:
    """Somebody with an account."""

    id: int
    name: str
    is_bot: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as the Bot API has it."""
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.name.title(), "username": self.name}


@dataclass
class Chat:
    """A private chat, a group, or a supergroup, with topics perhaps."""

    id: int
    kind: str
    title: str = ""
    forum: bool = False
    admin: bool = False
    """Whether the bot is an administrator."""
    gone: str = ""
    """Why the bot may not post here any more, as the 403 says it."""
    muted: bool = False
    """The bot is in it and has no right to write."""
    moved_to: int = 0
    topics: dict[int, str] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    messages: dict[int, Message] = field(default_factory=dict)
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    bot_spoke: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as the Bot API has it."""
        said: dict[str, Any] = {"id": self.id, "type": self.kind}
        if self.title:
            said["title"] = self.title
        return {**said, "is_forum": True} if self.forum else said


@dataclass
class Message:
    """One message, with everything it ever said."""

    id: int
    chat: Chat
    sender: User
    text: str
    entities: list[Entity] = field(default_factory=list)
    date: int = field(default_factory=lambda: int(time.time()))
    thread: int = 0
    reply_to: Message | None = None
    edited: int = 0
    markup: dict[str, Any] | None = None
    file: dict[str, Any] = field(default_factory=dict)
    """{"document": {...}} or {"photo": [...]}; then `text` is its caption."""
    service: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False
    versions: list[str] = field(default_factory=list)
    reactions: dict[int, list[str]] = field(default_factory=dict)

    def as_json(self, *, nested: bool = False) -> dict[str, Any]:
        """Return it as the Bot API has it; what it answers is told once, not on and on."""
        said: dict[str, Any] = {
            "message_id": self.id,
            "from": self.sender.as_json(),
            "chat": self.chat.as_json(),
            "date": self.date,
            **self.file,
            **self.service,
        }
        words = "caption" if self.file else "text"
        if self.text:
            said |= {words: self.text}
        if self.entities:
            said[f"{words}_entities" if self.file else "entities"] = self.entities
        if self.edited:
            said["edit_date"] = self.edited
        if self.markup:
            said["reply_markup"] = self.markup
        if self.thread:
            said["message_thread_id"] = self.thread
            if self.chat.forum:
                said["is_topic_message"] = True
        if self.reply_to is not None and not nested:
            said["reply_to_message"] = self.reply_to.as_json(nested=True)
        return said


class World:
    """Everybody and everything."""

    def __init__(self, quirks: Quirks) -> None:
        self.quirks = quirks
        self.bot = User(BOT_ID, BOT_USERNAME, is_bot=True)
        self.users: dict[str, User] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self._user_ids = itertools.count(FIRST_USER)
        self._group_ids = itertools.count(FIRST_GROUP, -1)
        self._supergroup_ids = itertools.count(FIRST_SUPERGROUP, -1)
        self._small_ids = itertools.count(1)  # private chats and small groups share one count

    def user(self, name: str) -> User:
        """Return the user of that name, who comes into being when first named."""
        if name not in self.users:
            self.users[name] = User(next(self._user_ids), name)
        return self.users[name]

    def private(self, user: User) -> Chat:
        """Return the chat of the bot with one user."""
        return self.chats.setdefault(user.id, Chat(user.id, "private", ids=self._small_ids))

    def group(self, title: str, kind: str, *, forum: bool = False, admin: bool = False) -> Chat:
        """Return a new group with the bot in it."""
        if kind == "group":
            chat = Chat(next(self._group_ids), kind, title, admin=admin, ids=self._small_ids)
        else:
            chat = Chat(next(self._supergroup_ids), "supergroup", title, forum, admin)
        self.chats[chat.id] = chat
        return chat

    def post(self, chat: Chat, sender: User, text: str, **more: Any) -> Message:
        """Return a new message in a chat."""
        message = Message(next(chat.ids), chat, sender, text, **more)
        message.versions.append(text)
        chat.messages[message.id] = message
        if sender is self.bot:
            chat.bot_spoke = True
        return message

    def standing(self, chat: Chat, number: int) -> Message | None:
        """Return a message that nobody has deleted."""
        message = chat.messages.get(number)
        return None if message is None or message.deleted else message

    def hears(self, message: Message) -> bool:
        """Return whether the bot is told of what somebody said."""
        chat, us = message.chat, f"@{BOT_USERNAME}"
        if chat.gone:
            return False
        if chat.kind == "private" or chat.admin or not self.quirks.privacy:
            return True
        if message.reply_to is not None and message.reply_to.sender is self.bot:
            return True
        first = message.text.split(maxsplit=1)[0] if message.text.strip() else ""
        if first.startswith("/"):
            return first.endswith(us) or ("@" not in first and chat.bot_spoke)
        return self.quirks.mentions_pass and us in message.text
