"""How the emulated Discord answers: JSON under exactly one content type, and errors with its codes."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from tests.emulators.discord.quirks import Quirks
from tests.emulators.discord.world import Doc, World

WORLD = web.AppKey("world", World)
QUIRKS = web.AppKey("quirks", Quirks)
MAX_CONTENT = 2000
MAX_NONCE = 25

UNKNOWN_CHANNEL, UNKNOWN_INTERACTION, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK = 10003, 10062, 10008, 10015
MISSING_ACCESS, MISSING_PERMISSIONS, INVALID_FORM, EMPTY_MESSAGE = 50001, 50013, 50035, 50006
ALREADY_ACKNOWLEDGED, NOT_THE_AUTHOR, BAD_TOKEN = 40060, 50005, 50027


class Refusal(Exception):
    """What the API says instead of doing it."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.body = status, {"message": message, "code": code, **more}


def answer(request: web.Request, data: Any = None, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    """Return an answer as Discord writes it: other content types are taken for text by its clients."""
    if data is None:
        return web.Response(status=204, headers=headers)
    charset = "utf-8" if request.app[QUIRKS].charset else None
    body = json.dumps(data).encode()
    return web.Response(body=body, status=status, content_type="application/json", charset=charset, headers=headers)


def limited(request: web.Request, retry_after: float, *, via: bool) -> web.Response:
    """Return a 429, by Discord itself or by what stands before it."""
    body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": False}
    headers = {"Retry-After": str(max(1, round(retry_after)))}
    response: web.Response = answer(request, body, 429, headers | ({"Via": "1.1 google"} if via else {}))
    return response


async def form(request: web.Request) -> Doc:
    """Return what a request says, with the files that came along as name and size."""
    if request.content_type == "multipart/form-data":
        parts = await request.post()
        told = parts["payload_json"]
        assert not isinstance(told, web.FileField)
        data: Doc = json.loads(told)
        files = [part for name, part in parts.items() if name.startswith("files")]
        data["_files"] = [
            {"filename": part.filename, "size": len(part.file.read())}
            for part in files
            if isinstance(part, web.FileField)
        ]
        return data
    if request.content_type != "application/json":
        raise Refusal(400, INVALID_FORM, "Expected \"Content-Type\" header to be one of {'application/json'}.")
    loaded: Doc = json.loads(await request.text() or "{}")
    return loaded


def content_of(data: Doc, *, needed: bool = True) -> str:
    """Return a message's text. Refuses one that is too long, or empty where it must not be."""
    content = data.get("content") or ""
    if len(content) > MAX_CONTENT:
        error = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}
        raise Refusal(400, INVALID_FORM, "Invalid Form Body", errors={"content": {"_errors": [error]}})
    if needed and not content.strip() and not data.get("_files") and not data.get("embeds"):
        raise Refusal(400, EMPTY_MESSAGE, "Cannot send an empty message")
    return content


def pinged(world: World, content: str, data: Doc, replied_to: str = "") -> Doc:
    """Return whom a text calls: users, roles, everybody. What is not said by `allowed_mentions` is allowed."""
    given = data.get("allowed_mentions")
    allowed = given if given is not None else {"parse": ["users", "roles", "everyone"], "replied_user": True}
    parse = allowed.get("parse", [])
    users, roles = re.findall(r"<@!?(\d+)>", content), re.findall(r"<@&(\d+)>", content)
    called = [user for user in users if "users" in parse or user in allowed.get("users", [])]
    if replied_to and allowed.get("replied_user", False) and replied_to in world.pages["message"]:
        called.append(world.pages["message"][replied_to]["author"]["id"])
    return {
        "users": called,
        "roles": [one for one in roles if "roles" in parse or one in allowed.get("roles", [])],
        "everyone": "everyone" in parse and bool(re.search("@everyone|@here", content)),
        "said": given is not None,
    }


def channel_of(request: web.Request, key: str, *, write: bool = False) -> Doc:
    """Return a channel that the bot may use. Refuses as Discord does."""
    world, quirks = request.app[WORLD], request.app[QUIRKS]
    if key not in world.pages["channel"]:
        raise Refusal(404, UNKNOWN_CHANNEL, "Unknown Channel")
    if key in quirks.hidden:
        raise Refusal(403, MISSING_ACCESS, "Missing Access")
    if write and key in quirks.silent:
        raise Refusal(403, MISSING_PERMISSIONS, "Missing Permissions")
    return world.pages["channel"][key]


def message_of(request: web.Request, channel: str, key: str) -> Doc:
    """Return a message of a channel. Refuses with 10008."""
    message = request.app[WORLD].pages["message"].get(key)
    if message is None or message["channel_id"] != channel:
        raise Refusal(404, UNKNOWN_MESSAGE, "Unknown Message")
    return message
