"""Channels and messages of the emulated Discord."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.emulators.discord.wire import (
    MAX_NONCE,
    NOT_THE_AUTHOR,
    QUIRKS,
    WORLD,
    Refusal,
    answer,
    channel_of,
    content_of,
    form,
    limited,
    message_of,
    pinged,
)
from tests.emulators.discord.world import Doc, World, now_ms, stamp

routes = web.RouteTableDef()
BASE = "/channels/{channel}"
PAGE = 100


@routes.get(BASE)
async def channel(request: web.Request) -> web.Response:
    return answer(request, channel_of(request, request.match_info["channel"]))


@routes.post(BASE + "/typing")
async def typing(request: web.Request) -> web.Response:
    key = request.match_info["channel"]
    channel_of(request, key, write=True)
    request.app[WORLD].log("typing", channel=key)
    return answer(request)


@routes.get(BASE + "/messages")
async def history(request: web.Request) -> web.Response:
    """Return at most a page of messages, the newest first, as `before`, `after` and `around` ask for."""
    key, query = request.match_info["channel"], request.query
    channel_of(request, key)
    limit = int(query.get("limit", 50))
    if not 1 <= limit <= PAGE:
        raise Refusal(400, 50035, "Invalid Form Body")
    world = request.app[WORLD]
    found = _window(world.history(key), query, limit)
    keep_nonce = request.app[QUIRKS].history_has_nonce
    seen = [_without_nonce(world.shown(message), keep_nonce) for message in reversed(found)]
    return answer(request, seen)


@routes.get(BASE + "/messages/{message}")
async def one(request: web.Request) -> web.Response:
    key = request.match_info["channel"]
    channel_of(request, key)
    message = request.app[WORLD].shown(message_of(request, key, request.match_info["message"]))
    return answer(request, _without_nonce(message, request.app[QUIRKS].history_has_nonce))


@routes.post(BASE + "/messages")
async def create(request: web.Request) -> web.Response:
    key, world = request.match_info["channel"], request.app[WORLD]
    place = channel_of(request, key, write=True)
    data = await form(request)
    content = content_of(data)
    if refusal := too_many(request, key):
        return refusal
    nonce = str(data.get("nonce") or "")
    if len(nonce) > MAX_NONCE:
        raise Refusal(400, 50035, "Invalid Form Body", errors={"nonce": {"_errors": [{"code": "NONCE_TYPE_TOO_LONG"}]}})
    if nonce and data.get("enforce_nonce") and (earlier := _same(request, place, nonce)):
        world.log("repeated", channel=key, message=earlier["id"], nonce=nonce)
        return answer(request, earlier | {"nonce": nonce})
    reference = _reference(world, key, data.get("message_reference"))
    more = {"components": data.get("components") or [], "attachments": files(world, data), **reference}
    replied = (reference.get("message_reference") or {}).get("message_id", "")
    message = world.post(key, world.me, content, nonce=nonce or None, **more)
    world.put("nonce", f"{key}/{nonce}", {"message": message["id"], "at_ms": now_ms()})
    world.log(
        "post",
        channel=key,
        message=message["id"],
        content=content,
        nonce=nonce,
        reference=replied,
        name=world.me["username"],
        pinged=pinged(world, content, data, replied),
        components=more["components"],
        files=[one["filename"] for one in more["attachments"]],
    )
    return answer(request, world.shown(message))


@routes.patch(BASE + "/messages/{message}")
async def edit(request: web.Request) -> web.Response:
    key, world = request.match_info["channel"], request.app[WORLD]
    channel_of(request, key)
    message = message_of(request, key, request.match_info["message"])
    if message["author"]["id"] != world.me["id"]:
        raise Refusal(403, NOT_THE_AUTHOR, "Cannot edit a message authored by another user")
    data = await form(request)
    if refusal := too_many(request, key):
        return refusal
    amend(world, message, data, kind="edit")
    return answer(request, world.shown(message))


@routes.delete(BASE + "/messages/{message}")
async def delete(request: web.Request) -> web.Response:
    key, world = request.match_info["channel"], request.app[WORLD]
    channel_of(request, key)
    message = message_of(request, key, request.match_info["message"])
    world.remove(message)
    world.log("delete", channel=key, message=message["id"])
    return answer(request)


@routes.put(BASE + "/messages/{message}/reactions/{emoji}/@me")
async def react(request: web.Request) -> web.Response:
    key, world = request.match_info["channel"], request.app[WORLD]
    channel_of(request, key)
    message = message_of(request, key, request.match_info["message"])
    world.log("react", channel=key, message=message["id"], content=request.match_info["emoji"])
    return answer(request)


def amend(world: World, message: Doc, data: Doc, *, kind: str, **more: Any) -> Doc:
    """Put other words in the place of a message's, and write it down."""
    changes: Doc = {"edited_timestamp": stamp(now_ms()), **more}
    if "content" in data:
        changes["content"] = content_of(data, needed=False)
    if "components" in data:
        changes["components"] = data["components"]
    if data.get("_files"):
        changes["attachments"] = files(world, data)
    world.amend(message, **changes)
    content = message["content"]
    world.log(
        kind,
        channel=message["channel_id"],
        message=message["id"],
        content=content,
        name=message["author"]["username"],
        pinged=pinged(world, content, data),
        components=message["components"],
        files=[one["filename"] for one in message["attachments"]],
    )
    return message


def files(world: World, data: Doc) -> list[Doc]:
    """Return the attachments of a message, without what is in them."""
    return [
        {"id": world.snowflake(), "url": f"http://127.0.0.1/{one['filename']}", "proxy_url": "", **one}
        for one in data.get("_files", [])
    ]


def too_many(request: web.Request, channel: str) -> web.Response | None:
    """Return a 429 where a channel has had its share."""
    quirks, world = request.app[QUIRKS], request.app[WORLD]
    if not quirks.per_channel:
        return None
    since_ms = now_ms() - quirks.per_channel_s * 1000
    kinds = ("post", "edit", "webhook")
    recent = [e for e in world.ledger if e["at_ms"] > since_ms and e["kind"] in kinds and e["channel"] == channel]
    if len(recent) < quirks.per_channel:
        return None
    world.log("limited", channel=channel)
    return limited(request, (recent[0]["at_ms"] - since_ms) / 1000 + 0.01, via=True)


def _window(messages: list[Doc], query: Any, limit: int) -> list[Doc]:
    if before := query.get("before"):
        return [one for one in messages if int(one["id"]) < int(before)][-limit:]
    if after := query.get("after"):
        return [one for one in messages if int(one["id"]) > int(after)][:limit]
    if around := query.get("around"):
        earlier = [one for one in messages if int(one["id"]) < int(around)][-(limit // 2) :]
        return (earlier + [one for one in messages if int(one["id"]) >= int(around)])[:limit]
    return messages[-limit:]


def _same(request: web.Request, channel: Doc, nonce: str) -> Doc | None:
    world = request.app[WORLD]
    found = world.pages["nonce"].get(f"{channel['id']}/{nonce}")
    if found is None or now_ms() - found["at_ms"] > request.app[QUIRKS].nonce_window_s * 1000:
        return None
    return world.pages["message"].get(found["message"])


def _reference(world: World, channel: str, reference: Doc | None) -> Doc:
    if not reference:
        return {}
    if str(reference["message_id"]) not in world.pages["message"]:
        if reference.get("fail_if_not_exists", True):
            error = {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}
            raise Refusal(400, 50035, "Invalid Form Body", errors={"message_reference": {"_errors": [error]}})
        return {}
    key = str(reference["message_id"])
    return {"message_reference": {"type": 0, "channel_id": channel, "message_id": key, **world.guild_of(channel)}}


def _without_nonce(message: Doc, keep: bool) -> Doc:
    return message if keep else {key: value for key, value in message.items() if key != "nonce"}
