"""Webhooks of the emulated Discord: messages under another name, which only the webhook itself can edit."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.emulators.discord.messages import amend, files, too_many
from tests.emulators.discord.wire import (
    BAD_TOKEN,
    MISSING_PERMISSIONS,
    QUIRKS,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    WORLD,
    Refusal,
    answer,
    channel_of,
    content_of,
    form,
    pinged,
)
from tests.emulators.discord.world import Doc

routes = web.RouteTableDef()
MOST = 15
HOOK = "/webhooks/{webhook}/{token}"


@routes.get("/channels/{channel}/webhooks")
async def listed(request: web.Request) -> web.Response:
    """Return a channel's webhooks; the token of those alone that this application made."""
    world, key = request.app[WORLD], request.match_info["channel"]
    _may_manage(request, key)
    return answer(request, [hook for hook in world.pages["webhook"].values() if hook["channel_id"] == key])


@routes.post("/channels/{channel}/webhooks")
async def create(request: web.Request) -> web.Response:
    world, key = request.app[WORLD], request.match_info["channel"]
    _may_manage(request, key)
    data = await form(request)
    if len([hook for hook in world.pages["webhook"].values() if hook["channel_id"] == key]) >= MOST:
        raise Refusal(400, 30007, "Maximum number of webhooks reached (15)")
    if "discord" in data["name"].lower():
        raise Refusal(400, 50035, "Invalid Form Body")
    hook: Doc = {"id": world.snowflake(), "type": 1, "channel_id": key, "name": data["name"], "avatar": None}
    hook |= {"token": f"hook-{world.snowflake()}", "application_id": world.me["id"], "user": world.me}
    world.put("webhook", hook["id"], hook | world.guild_of(key))
    world.log("hook", channel=key, content=data["name"])
    return answer(request, world.pages["webhook"][hook["id"]])


@routes.delete("/webhooks/{webhook}")
async def delete(request: web.Request) -> web.Response:
    request.app[WORLD].drop("webhook", request.match_info["webhook"])
    return answer(request)


async def execute(request: web.Request, hook: Doc) -> web.Response:
    """Post as a webhook, in its channel or in a thread of that."""
    world, data = request.app[WORLD], await form(request)
    channel = _place(request, hook)
    content = content_of(data)
    if refusal := too_many(request, channel):
        return refusal
    name = data.get("username") or hook["name"]
    author = {"id": hook["id"], "username": name, "global_name": None, "discriminator": "0000", "bot": True}
    author["avatar"] = data.get("avatar_url")
    more = {"components": data.get("components") or [], "attachments": files(world, data)}
    more |= {"webhook_id": hook["id"], "application_id": hook["application_id"]}
    message = world.post(channel, author, content, **more)
    world.log(
        "webhook",
        channel=channel,
        message=message["id"],
        content=content,
        name=name,
        avatar=data.get("avatar_url"),
        pinged=pinged(world, content, data),
        components=more["components"],
        files=[one["filename"] for one in more["attachments"]],
    )
    return answer(request, world.shown(message)) if request.query.get("wait") in ("true", "1") else answer(request)


async def edit(request: web.Request, hook: Doc) -> web.Response:
    """Edit a message of this very webhook."""
    world = request.app[WORLD]
    message, data = _own(request, hook), await form(request)
    if refusal := too_many(request, message["channel_id"]):
        return refusal
    amend(world, message, data, kind="edit")
    return answer(request, world.shown(message))


async def fetch(request: web.Request, hook: Doc) -> web.Response:
    """Return a message of this very webhook."""
    return answer(request, request.app[WORLD].shown(_own(request, hook)))


async def remove(request: web.Request, hook: Doc) -> web.Response:
    """Delete a message of this very webhook."""
    message = _own(request, hook)
    request.app[WORLD].remove(message)
    request.app[WORLD].log("delete", channel=message["channel_id"], message=message["id"])
    return answer(request)


def hook_of(request: web.Request) -> Doc:
    """Return the webhook that a path names. Refuses an unknown one and a wrong token."""
    hook = request.app[WORLD].pages["webhook"].get(request.match_info["webhook"])
    if hook is None:
        raise Refusal(404, UNKNOWN_WEBHOOK, "Unknown Webhook")
    if hook["token"] != request.match_info["token"]:
        raise Refusal(401, BAD_TOKEN, "Invalid Webhook Token")
    return hook


def _own(request: web.Request, hook: Doc) -> Doc:
    message = request.app[WORLD].pages["message"].get(request.match_info["message"])
    if message is None or message.get("webhook_id") != hook["id"] or message["channel_id"] != _place(request, hook):
        raise Refusal(404, UNKNOWN_MESSAGE, "Unknown Message")
    return message


def _place(request: web.Request, hook: Doc) -> str:
    thread = request.query.get("thread_id", "")
    if not thread:
        return str(hook["channel_id"])
    if channel_of(request, thread).get("parent_id") != hook["channel_id"]:
        raise Refusal(400, 10003, "Unknown Channel")
    return thread


def _may_manage(request: web.Request, channel: str) -> None:
    place: Any = channel_of(request, channel)
    if channel in request.app[QUIRKS].silent or "guild_id" not in place:
        raise Refusal(403, MISSING_PERMISSIONS, "Missing Permissions")
