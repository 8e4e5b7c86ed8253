"""What people do in the emulated Discord, and what a test asks it: a side door over HTTP, below `/people`."""

from __future__ import annotations

from typing import Any, cast

import requests
from aiohttp import web

from tests.emulators.discord.gateway import Gateway
from tests.emulators.discord.wire import QUIRKS, WORLD
from tests.emulators.discord.world import Doc, World, now_ms, stamp

routes = web.RouteTableDef()
GATEWAY = web.AppKey("gateway", Gateway)
SLASH, COMPONENT = 2, 3
ALLOWED_LINKS = 25 * 1024 * 1024
TIMEOUT_S = 20.0


@routes.post("/people/{verb}")
async def do(request: web.Request) -> web.Response:
    """Carry out one verb of `Door`, with its arguments as JSON."""
    door = Door(request.app[WORLD], request.app[GATEWAY])
    said = await request.json()
    verb = request.match_info["verb"]
    if verb == "quirks":
        request.app[QUIRKS].change(said)
        return web.json_response(None)
    if verb == "provoke":
        await request.app[GATEWAY].provoke(**said)
        return web.json_response(None)
    return web.json_response(getattr(door, verb)(**said))


class Door:
    """The verbs."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world, self.gateway = world, gateway

    def person(self, name: str, guild: str = "", roles: list[str] | None = None, *, bot: bool = False) -> Doc:
        """Add a person, to the first guild unless another is named."""
        user = self.world.user(name, bot=bot)
        guild = guild or next(iter(self.world.pages["guild"]))
        self.world.join(guild, user["id"], roles or [])
        return user

    def channel(self, name: str, parent: str = "", guild: str = "") -> str:
        """Add a channel, or a thread below `parent`, and tell the bot."""
        guild = guild or next(iter(self.world.pages["guild"]))
        made = self.world.channel(name, guild=guild, parent=parent)
        self.world.dispatch("THREAD_CREATE" if parent else "CHANNEL_CREATE", made)
        return str(made["id"])

    def direct(self, person: str) -> str:
        """Return the direct channel of somebody with the bot."""
        for channel in self.world.pages["channel"].values():
            if [one["id"] for one in channel.get("recipients", [])] == [person]:
                return str(channel["id"])
        return str(self.world.channel("", people=(person,))["id"])

    def say(
        self,
        person: str,
        channel: str,
        text: str,
        reply_to: str = "",
        attachments: list[Doc] | None = None,
    ) -> str:
        """Say something; returns the message's id."""
        more: Doc = {}
        if reply_to:
            guild = self.world.guild_of(channel)
            more["message_reference"] = {"type": 0, "channel_id": channel, "message_id": reply_to, **guild}
        if attachments:
            more["attachments"] = [{"id": self.world.snowflake(), "proxy_url": "", **one} for one in attachments]
        return str(self.world.post(channel, self.world.pages["user"][person], text, **more)["id"])

    def edit(self, message: str, text: str) -> None:
        """Change what was said."""
        self.world.amend(self.world.pages["message"][message], content=text, edited_timestamp=stamp(now_ms()))

    def unfurl(self, message: str) -> None:
        """Have a link in it shown: an update in which nobody edited anything."""
        self.world.amend(self.world.pages["message"][message], embeds=[{"type": "link", "title": "A page"}])

    def delete(self, message: str) -> None:
        """Delete it."""
        self.world.remove(self.world.pages["message"][message])

    def react(self, person: str, message: str, emoji: str, *, remove: bool = False) -> None:
        """Put a reaction below a message, or take it back."""
        about = self.world.pages["message"][message]
        event: Doc = {"user_id": person, "message_id": message, "channel_id": about["channel_id"], "burst": False}
        event |= {"emoji": {"id": None, "name": emoji}, "type": 0, **self.world.guild_of(about["channel_id"])}
        event["message_author_id"] = about["author"]["id"]
        if "guild_id" in event:
            user = self.world.pages["user"][person]
            event["member"] = self.world.member(event["guild_id"], person) | {"user": user}
        self.world.dispatch("MESSAGE_REACTION_REMOVE" if remove else "MESSAGE_REACTION_ADD", event)

    def slash(self, person: str, channel: str, name: str, options: dict[str, str] | None = None) -> str:
        """Use a slash command; returns the interaction's id."""
        given = [{"name": key, "type": 3, "value": value} for key, value in (options or {}).items()]
        return self._interact(person, channel, SLASH, {"id": "1", "type": 1, "name": name, "options": given})

    def press(self, person: str, message: str, custom_id: str) -> str:
        """Press a button below a message; returns the interaction's id."""
        about = self.world.pages["message"][message]
        pressed = {"custom_id": custom_id, "component_type": 2}
        return self._interact(person, about["channel_id"], COMPONENT, pressed, self.world.shown(about))

    def _interact(self, person: str, channel: str, kind: int, data: Doc, message: Doc | None = None) -> str:
        world, place, user = self.world, self.world.pages["channel"][channel], self.world.pages["user"][person]
        key = world.snowflake()
        event: Doc = {"id": key, "application_id": world.me["id"], "type": kind, "data": data, "version": 1}
        event |= {"token": f"interaction-{key}", "channel_id": channel, "channel": place, "locale": "en-GB"}
        event |= {"entitlements": [], "authorizing_integration_owners": {}, "attachment_size_limit": ALLOWED_LINKS}
        event["app_permissions"] = "0"
        if guild := place.get("guild_id"):
            member = world.member(guild, person) | {"user": user, "permissions": "0"}
            event |= {"guild_id": guild, "guild": {"id": guild, "features": [], "locale": "en-GB"}, "member": member}
            event["context"] = 0
        else:
            event |= {"user": user, "context": 1}
        if message:
            event["message"] = message
        about: Doc = {"id": key, "token": event["token"], "type": kind, "channel_id": channel, "user": user}
        about |= {"at_ms": now_ms(), "message_id": (message or {}).get("id", "")}
        world.put("interaction", key, about)
        world.dispatch("INTERACTION_CREATE", event)
        return str(key)

    def ledger(self, since: int = 0) -> list[Doc]:
        """Return what the bot did."""
        return self.world.ledger[since:]

    def messages(self, channel: str) -> list[Doc]:
        """Return what stands in a channel."""
        return self.world.history(channel)

    def commands(self) -> list[Doc]:
        """Return the slash commands that were uploaded."""
        return list(self.world.pages["command"].values())

    def state(self) -> Doc:
        """Return where the first guild is, who the bot is, and how often it came."""
        guild = next(iter(self.world.pages["guild"].values()))
        general = next(c["id"] for c in self.world.pages["channel"].values() if c.get("guild_id") == guild["id"])
        counts = {name: getattr(self.gateway, name) for name in ("identified", "resumed", "beats")}
        counts["sessions"] = self.gateway.opened
        connected = sum(one.wire is not None for one in self.gateway.sessions.values())
        about = {"guild": guild["id"], "general": general, "bot": self.world.me["id"], "connected": connected}
        return {**about, **counts, "roles": [one["id"] for one in guild["roles"]]}


class People:
    """A test's way through the side door, from this process or another."""

    def __init__(self, url: str) -> None:
        self.url, self._session = url, requests.Session()
        self._session.trust_env = False

    def _do(self, verb: str, **said: Any) -> Any:
        answer = self._session.post(f"{self.url}/people/{verb}", json=said, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.json()

    def __getattr__(self, verb: str) -> Any:
        """Return one of `Door`'s verbs, or `quirks` and `provoke`."""
        if verb.startswith("_"):
            raise AttributeError(verb)
        return lambda **said: self._do(verb, **said)

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def posted(
        self, channel: str = "", kinds: tuple[str, ...] = ("post", "webhook", "response", "followup")
    ) -> list[Doc]:
        """Return the messages that the bot posted, as they were posted."""
        entries = cast("list[Doc]", self._do("ledger"))
        return [e for e in entries if e["kind"] in kinds and channel in ("", e["channel"])]
