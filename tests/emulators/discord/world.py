"""What the emulated Discord knows: people, guilds, channels, messages, and a ledger of everything that its bot did.

It is kept in SQLite, in memory or in a file, so that it outlives the bot, the emulator, and both.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Doc = dict[str, Any]
EPOCH_MS = 1_420_070_400_000
EVERYTHING = str((1 << 52) - 1)
TEXT, DM, THREAD = 0, 1, 11
WEBHOOK_FLAG_LOADING = 1 << 7
KINDS = ("user", "guild", "channel", "message", "webhook", "interaction", "nonce", "command", "allowed")


def now_ms() -> int:
    """Return the time that ids and timestamps are made of."""
    return time.time_ns() // 1_000_000


class World:
    """The state. Everything in it is in the shape that travels on the wire, as far as the API documents it."""

    def __init__(self, path: str = ":memory:") -> None:
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("CREATE TABLE IF NOT EXISTS page (kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id))")
        self.db.execute("CREATE TABLE IF NOT EXISTS ledger (n INTEGER PRIMARY KEY, body TEXT)")
        self.pages: dict[str, dict[str, Doc]] = {kind: {} for kind in KINDS}
        for kind, key, body in self.db.execute("SELECT kind, id, body FROM page ORDER BY rowid"):
            self.pages[kind][key] = json.loads(body)
        self.ledger: list[Doc] = [json.loads(body) for (body,) in self.db.execute("SELECT body FROM ledger ORDER BY n")]
        self.dispatch: Callable[[str, Doc], None] = lambda _event, _data: None
        self._last = 0
        if "me" not in self.pages["user"]:
            self._settle()

    def _settle(self) -> None:
        me = self.user("rookery", bot=True)
        self.put("user", "me", me)
        self.guild("The Rookery")

    @property
    def me(self) -> Doc:
        """The bot's own user; its application has the same id."""
        return self.pages["user"]["me"]

    def put(self, kind: str, key: str, doc: Doc) -> Doc:
        """Keep a thing, in memory and on disk."""
        self.pages[kind][key] = doc
        self.db.execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?)", (kind, key, json.dumps(doc)))
        return doc

    def drop(self, kind: str, key: str) -> Doc | None:
        """Forget a thing."""
        self.db.execute("DELETE FROM page WHERE kind = ? AND id = ?", (kind, key))
        return self.pages[kind].pop(key, None)

    def log(self, kind: str, **fields: Any) -> Doc:
        """Write down what the bot did: the truth that a test judges by."""
        entry = {"n": len(self.ledger), "at_ms": now_ms(), "kind": kind, **fields}
        self.ledger.append(entry)
        self.db.execute("INSERT INTO ledger VALUES (?, ?)", (entry["n"], json.dumps(entry)))
        return entry

    def snowflake(self) -> str:
        """Return a new id, larger than every earlier one."""
        self._last = max((now_ms() - EPOCH_MS) << 22, self._last + 1)
        return str(self._last)

    def user(self, name: str, *, bot: bool = False) -> Doc:
        """Add a user."""
        key = self.snowflake()
        about = {"id": key, "username": name, "global_name": name, "discriminator": "0", "avatar": None, "bot": bot}
        return self.put("user", key, about)

    def guild(self, name: str) -> Doc:
        """Add a guild with the bot in it and one channel, `general`."""
        key = self.snowflake()
        guild = {"id": key, "name": name, "members": {}, "owner_id": key}
        guild["roles"] = [role(key, "@everyone", EVERYTHING), role(self.snowflake(), "rookery", "0")]
        guild["roles"][1]["tags"] = {"bot_id": self.me["id"]}
        self.put("guild", key, guild)
        self.join(key, self.me["id"], [guild["roles"][1]["id"]])
        self.channel("general", guild=key)
        return guild

    def join(self, guild: str, user: str, roles: list[str]) -> None:
        """Have somebody in a guild."""
        self.pages["guild"][guild]["members"][user] = roles
        self.put("guild", guild, self.pages["guild"][guild])

    def channel(self, name: str, *, guild: str = "", parent: str = "", people: tuple[str, ...] = ()) -> Doc:
        """Add a channel of a guild, a thread below `parent`, or a direct one with `people`."""
        key = self.snowflake()
        channel: Doc = {"id": key, "type": TEXT, "name": name, "last_message_id": None}
        if guild:
            channel |= {"guild_id": guild, "position": 0, "permission_overwrites": [], "parent_id": None, "nsfw": False}
        if parent:
            channel |= {"type": THREAD, "parent_id": parent, "guild_id": self.pages["channel"][parent]["guild_id"]}
            channel |= {"owner_id": self.me["id"], "message_count": 0, "member_count": 1, "rate_limit_per_user": 0}
            made = stamp(now_ms())
            channel["thread_metadata"] = {"archived": False, "auto_archive_duration": 60, "archive_timestamp": made}
            channel["thread_metadata"] |= {"locked": False}
        if people:
            channel |= {"type": DM, "recipients": [self.pages["user"][person] for person in people]}
        return self.put("channel", key, channel)

    def post(self, channel: str, author: Doc, content: str, **more: Any) -> Doc:
        """Add a message and tell whoever listens."""
        key, place = self.snowflake(), self.pages["channel"][channel]
        message: Doc = {"id": key, "channel_id": channel, "author": author, "content": content, "type": 0, "flags": 0}
        message |= {"timestamp": stamp(now_ms()), "edited_timestamp": None, "tts": False, "pinned": False}
        message |= {"mention_everyone": False, "mention_roles": [], "mentions": self.named(content)}
        message |= {"attachments": [], "embeds": [], "components": [], **more}
        if reference := message.get("message_reference"):
            message["type"] = 19
            replied = self.pages["message"].get(reference["message_id"])
            if replied and not author.get("bot"):  # a person's reply pings, and so mentions, unless they say otherwise
                message["mentions"] += [u for u in [replied["author"]] if u not in message["mentions"]]
        self.put("message", key, message)
        self.put("channel", channel, place | {"last_message_id": key})
        self.dispatch("MESSAGE_CREATE", message)
        return message

    def amend(self, message: Doc, **changes: Any) -> Doc:
        """Change a message and tell whoever listens."""
        message.update(changes)
        if "content" in changes:
            message["mentions"] = self.named(message["content"])
        self.put("message", message["id"], message)
        self.dispatch("MESSAGE_UPDATE", {key: value for key, value in message.items() if key != "nonce"})
        return message

    def remove(self, message: Doc) -> None:
        """Delete a message and tell whoever listens."""
        self.drop("message", message["id"])
        about = {"id": message["id"], "channel_id": message["channel_id"]}
        self.dispatch("MESSAGE_DELETE", about | self.guild_of(message["channel_id"]))

    def history(self, channel: str) -> list[Doc]:
        """Return the messages of a channel, the oldest first."""
        return [message for message in self.pages["message"].values() if message["channel_id"] == channel]

    def shown(self, message: Doc, *, live: bool = False) -> Doc:
        """Return a message as it travels: whole and with its guild when it happens, without both from the API."""
        seen = dict(message)
        if reference := message.get("message_reference"):
            replied = self.pages["message"].get(reference["message_id"])
            seen["referenced_message"] = dict(replied) if replied else None
        if live:
            about = self.guild_of(message["channel_id"])
            seen |= about
            if about and not message.get("webhook_id"):
                seen["member"] = self.member(about["guild_id"], message["author"]["id"])
        return seen

    def guild_of(self, channel: str) -> Doc:
        """Return the guild's number as events carry it; nothing for a direct channel."""
        guild = self.pages["channel"][channel].get("guild_id")
        return {"guild_id": guild} if guild else {}

    def member(self, guild: str, user: str) -> Doc:
        """Return what a guild knows of somebody, without who it is."""
        roles = self.pages["guild"][guild]["members"].get(user, [])
        return {"roles": roles, "joined_at": stamp(now_ms()), "deaf": False, "mute": False, "flags": 0}

    def named(self, content: str) -> list[Doc]:
        """Return the users that a text mentions."""
        users = self.pages["user"].items()
        return [user for key, user in users if key != "me" and (f"<@{key}>" in content or f"<@!{key}>" in content)]


def role(key: str, name: str, permissions: str) -> Doc:
    """Return a role."""
    looks = {"color": 0, "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}}
    switches = {"hoist": False, "position": 0, "managed": False, "mentionable": False, "flags": 0}
    return {"id": key, "name": name, "permissions": permissions, **looks, **switches}


def stamp(at_ms: int) -> str:
    """Return a time as the API writes it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()
