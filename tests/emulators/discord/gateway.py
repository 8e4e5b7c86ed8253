"""The emulated Discord's websocket: sessions that are numbered, resumed, invalidated and cut."""

from __future__ import annotations

import asyncio
import json
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.emulators.discord.quirks import Quirks
from tests.emulators.discord.world import DM, Doc, World, stamp

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
UNKNOWN_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED, BAD_SEQ, DISALLOWED_INTENTS = 4000, 4003, 4004, 4007, 4014
GUILDS, GUILD_MESSAGES, GUILD_REACTIONS, DIRECT_MESSAGES, DIRECT_REACTIONS = 1, 1 << 9, 1 << 10, 1 << 12, 1 << 13
CONTENT, MEMBERS, PRESENCES = 1 << 15, 1 << 1, 1 << 8
NEEDS = {"MESSAGE": (GUILD_MESSAGES, DIRECT_MESSAGES), "MESSAGE_REACTION": (GUILD_REACTIONS, DIRECT_REACTIONS)}
ALWAYS = ("INTERACTION_CREATE", "READY", "RESUMED")
SENSITIVE = ("content", "attachments", "embeds", "components")


class Wire:
    """One websocket, compressed as a whole where its client asked for that."""

    def __init__(self, socket: web.WebSocketResponse, *, compress: bool) -> None:
        self.socket, self._deflate = socket, zlib.compressobj() if compress else None

    async def send(self, op: int, data: Any, **more: Any) -> None:
        """Send one payload."""
        text = json.dumps({"op": op, "d": data, "s": None, "t": None, **more})
        if self.socket.closed:
            return
        with suppress(ConnectionResetError):  # who was there has died, and comes back for what was missed
            if self._deflate is None:
                await self.socket.send_str(text)
            else:
                packed = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(packed)


@dataclass
class Session:
    """What is remembered of a client between two connections."""

    key: str
    intents: int
    wire: Wire | None
    seq: int = 0
    sent: list[tuple[int, str, Doc]] = field(default_factory=list)

    async def say(self, event: str, data: Doc) -> None:
        """Send an event, or keep it for a resume."""
        self.seq += 1
        self.sent.append((self.seq, event, data))
        await self.send(self.seq, event, data)

    async def send(self, seq: int, event: str, data: Doc) -> None:
        """Send an event if somebody is there."""
        if self.wire is not None:
            await self.wire.send(DISPATCH, data, s=seq, t=event)


class Gateway:
    """All sessions. `happened` is what the world tells it."""

    def __init__(self, world: World, quirks: Quirks) -> None:
        self.world, self.quirks = world, quirks
        self.sessions: dict[str, Session] = {}
        self.identified = self.opened = self.resumed = self.beats = 0
        self._events: asyncio.Queue[tuple[str, Doc]] = asyncio.Queue()
        world.dispatch = lambda event, data: self._events.put_nowait((event, data))

    async def pump(self) -> None:
        """Pass on what happens, in its order, for ever."""
        while True:
            event, data = await self._events.get()
            for session in list(self.sessions.values()):
                if (seen := self._as_seen(session, event, data)) is not None:
                    await session.say(event, seen)

    def _as_seen(self, session: Session, event: str, data: Doc) -> Doc | None:
        """Return what a session may see of an event; None: nothing."""
        if event in ALWAYS:
            return data
        channel = self.world.pages["channel"].get(data.get("channel_id", ""), {})
        kind = event.removesuffix("_CREATE").removesuffix("_UPDATE").removesuffix("_DELETE").removesuffix("_ADD")
        needs = NEEDS.get(kind.removesuffix("_REMOVE"), (GUILDS, GUILDS))
        direct = channel.get("type") == DM
        if not session.intents & needs[direct] or channel.get("id") in self.quirks.hidden:
            return None
        if event not in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
            return data
        seen = self.world.shown(data, live=True)
        ours = any(user["id"] == self.world.me["id"] for user in [seen["author"], *seen["mentions"]])
        if not (session.intents & CONTENT or direct or ours):
            seen |= {name: "" if name == "content" else [] for name in SENSITIVE}
        return seen

    async def connected(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        if self.quirks.refuse_handshakes > 0:
            self.quirks.refuse_handshakes -= 1
            return web.Response(status=503, text="upstream connect error")
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        wire = Wire(socket, compress=request.query.get("compress") == "zlib-stream")
        await wire.send(HELLO, {"heartbeat_interval": self.quirks.heartbeat_ms})
        session: Session | None = None
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            payload = json.loads(message.data)
            if payload["op"] == HEARTBEAT:
                await self._beat(wire)
            elif payload["op"] == IDENTIFY:
                session = await self._identify(wire, payload["d"])
            elif payload["op"] == RESUME:
                session = await self._resume(wire, payload["d"])
            elif session is None:
                await socket.close(code=NOT_AUTHENTICATED)
        self._parted(session, wire, socket.close_code)
        return socket

    async def _beat(self, wire: Wire) -> None:
        self.beats += 1
        if self.quirks.acknowledge:
            await wire.send(ACK, None)

    async def _identify(self, wire: Wire, data: Doc) -> Session | None:
        self.identified += 1
        if data["token"] != self.quirks.token:
            await wire.socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return None
        if data["intents"] & (MEMBERS | PRESENCES) or (data["intents"] & CONTENT and not self.quirks.content_allowed):
            await wire.socket.close(code=DISALLOWED_INTENTS, message=b"Disallowed intent(s).")
            return None
        session = Session(f"session-{self.identified}", data["intents"], wire)
        guilds = self.world.pages["guild"].values()
        ready: Doc = {"v": 10, "user": self.world.me, "session_id": session.key, "private_channels": []}
        ready |= {"guilds": [{"id": guild["id"], "unavailable": True} for guild in guilds]}
        ready |= {"application": {"id": self.world.me["id"], "flags": flags(self.quirks)}, "session_type": "normal"}
        ready["resume_gateway_url"] = self.address
        await session.say("READY", ready)
        for guild in guilds:
            await session.say("GUILD_CREATE", whole_guild(self.world, guild))
        self.sessions[session.key] = session
        self.opened += 1
        return session

    address = ""
    """Where a resume goes; set when it is known on which port this listens."""

    async def _resume(self, wire: Wire, data: Doc) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if session is None or self.quirks.refuse_resume or data["token"] != self.quirks.token:
            await wire.send(INVALID, False)
            return None
        if data["seq"] > session.seq:
            await wire.socket.close(code=BAD_SEQ)
            return None
        self.resumed += 1
        for seq, event, missed in session.sent:
            if seq > data["seq"]:
                await wire.send(DISPATCH, missed, s=seq, t=event)
        session.wire = wire
        await session.say("RESUMED", {})
        return session

    def _parted(self, session: Session | None, wire: Wire, code: int | None) -> None:
        """A session outlives its connection, unless its client said goodbye."""
        if session is None or session.wire is not wire:
            return
        session.wire = None
        if code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY):
            self.sessions.pop(session.key, None)

    async def provoke(self, what: str, code: int = UNKNOWN_ERROR) -> None:
        """Do to every client what the real one does at times: one of `PROVOCATIONS`."""
        for session in list(self.sessions.values()):
            await PROVOCATIONS[what](self, session, code)

    async def _malformed(self, session: Session, _code: int) -> None:
        await session.say("MESSAGE_CREATE", {"content": "half an event"})

    async def _reconnect(self, session: Session, _code: int) -> None:
        if session.wire:
            await session.wire.send(RECONNECT, None)

    async def _resumable(self, session: Session, _code: int) -> None:
        if session.wire:
            await session.wire.send(INVALID, True)

    async def _invalid(self, session: Session, _code: int) -> None:
        self.sessions.pop(session.key)
        if session.wire:
            await session.wire.send(INVALID, False)

    async def _close(self, session: Session, code: int) -> None:
        wire, session.wire = session.wire, None
        if wire:
            await wire.socket.close(code=code)

    async def _forget(self, session: Session, code: int) -> None:
        self.sessions.pop(session.key)
        await self._close(session, code)


PROVOCATIONS = {
    "malformed": Gateway._malformed,  # an event without what it must have
    "reconnect": Gateway._reconnect,  # op 7
    "resumable": Gateway._resumable,  # op 9 true
    "invalid": Gateway._invalid,  # op 9 false: the session is no more
    "close": Gateway._close,  # with a code; the session can be resumed
    "forget": Gateway._forget,  # with a code, and the session is no more
}


def flags(quirks: Quirks) -> int:
    """Return the application's flags: among them whether it may see what people write."""
    return 1 << 19 if quirks.content_allowed else 0


def whole_guild(world: World, guild: Doc) -> Doc:
    """Return a guild as GUILD_CREATE carries it."""
    channels = [c for c in world.pages["channel"].values() if c.get("guild_id") == guild["id"]]
    me = world.member(guild["id"], world.me["id"]) | {"user": world.me}
    kept = {key: value for key, value in guild.items() if key != "members"}
    lists: Doc = {name: [] for name in ("emojis", "stickers", "features", "voice_states", "presences")}
    counts = {"member_count": len(guild["members"]), "large": False, "unavailable": False, "joined_at": stamp(0)}
    places = {"channels": [c for c in channels if "thread_metadata" not in c]}
    places["threads"] = [c for c in channels if "thread_metadata" in c]
    return kept | lists | counts | places | {"members": [me], "stage_instances": [], "guild_scheduled_events": []}
