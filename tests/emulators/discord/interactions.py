"""Interactions of the emulated Discord: acknowledged within three seconds, answered by a token that ends.

Their follow-ups share the paths of webhooks: who is called there is told by whose number it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.emulators.discord import webhooks
from tests.emulators.discord.messages import amend, files
from tests.emulators.discord.wire import (
    ALREADY_ACKNOWLEDGED,
    BAD_TOKEN,
    QUIRKS,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    WORLD,
    Refusal,
    answer,
    content_of,
    form,
    pinged,
)
from tests.emulators.discord.world import WEBHOOK_FLAG_LOADING, Doc, World, now_ms

routes = web.RouteTableDef()
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE = 4, 5, 6, 7
EPHEMERAL = 1 << 6
ORIGINAL = "@original"
Handler = Callable[[web.Request, Doc], Awaitable[web.Response]]


@routes.post("/interactions/{interaction}/{token}/callback")
async def callback(request: web.Request) -> web.Response:
    """Acknowledge an interaction, once and in time."""
    world, quirks = request.app[WORLD], request.app[QUIRKS]
    interaction = world.pages["interaction"].get(request.match_info["interaction"])
    late = interaction and now_ms() - interaction["at_ms"] > quirks.interaction_deadline_s * 1000
    if interaction is None or late or interaction["token"] != request.match_info["token"]:
        raise Refusal(404, UNKNOWN_INTERACTION, "Unknown interaction")
    if interaction.get("acknowledged"):
        raise Refusal(400, ALREADY_ACKNOWLEDGED, "Interaction has already been acknowledged.")
    data = await form(request)
    kind, said = data["type"], data.get("data") or {}
    interaction |= {"acknowledged": kind, "ephemeral": bool(said.get("flags", 0) & EPHEMERAL)}
    waited_ms = now_ms() - interaction["at_ms"]
    world.log("acknowledged", channel=interaction["channel_id"], interaction=interaction["id"], waited_ms=waited_ms)
    if kind in (MESSAGE, DEFERRED):
        loading = WEBHOOK_FLAG_LOADING if kind == DEFERRED else 0
        message = _post(world, interaction, said, loading=loading, kind="response")
        interaction["original"] = message["id"]
    elif kind == UPDATE:
        amend(world, world.pages["message"][interaction["message_id"]], said, kind="edit")
    world.put("interaction", interaction["id"], interaction)
    about = {"id": interaction["id"], "type": interaction["type"], "response_message_loading": kind == DEFERRED}
    about |= {
        "response_message_id": interaction.get("original"),
        "response_message_ephemeral": interaction["ephemeral"],
    }
    return answer(request, {"interaction": about})


def shared(of_interaction: Handler, of_webhook: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return a handler of a path that interactions and webhooks share."""

    async def handle(request: web.Request) -> web.Response:
        if request.match_info["webhook"] == request.app[WORLD].me["id"]:
            return await of_interaction(request, _open(request))
        return await of_webhook(request, webhooks.hook_of(request))

    return handle


async def follow(request: web.Request, interaction: Doc) -> web.Response:
    """Post a follow-up; the first one takes the place of a deferred answer that is still empty, as the real one's."""
    world, data = request.app[WORLD], await form(request)
    if not interaction.get("acknowledged"):
        raise Refusal(404, UNKNOWN_WEBHOOK, "Unknown Webhook")
    original = world.pages["message"].get(interaction.get("original", ""))
    if original and original["flags"] & WEBHOOK_FLAG_LOADING:
        message = _fill(world, original, data)
    else:
        message = _post(world, interaction, data, loading=0, kind="followup")
    return answer(request, world.shown(message))


async def edit(request: web.Request, interaction: Doc) -> web.Response:
    """Edit the original answer or a follow-up."""
    world = request.app[WORLD]
    message = _its(request, interaction)
    return answer(request, world.shown(_fill(world, message, await form(request))))


async def fetch(request: web.Request, interaction: Doc) -> web.Response:
    """Return the original answer or a follow-up."""
    return answer(request, request.app[WORLD].shown(_its(request, interaction)))


async def remove(request: web.Request, interaction: Doc) -> web.Response:
    """Delete the original answer or a follow-up."""
    message = _its(request, interaction)
    request.app[WORLD].remove(message)
    request.app[WORLD].log("delete", channel=message["channel_id"], message=message["id"])
    return answer(request)


MESSAGES = webhooks.HOOK + "/messages/{message}"
routes.post(webhooks.HOOK)(shared(follow, webhooks.execute))
routes.patch(MESSAGES)(shared(edit, webhooks.edit))
routes.get(MESSAGES)(shared(fetch, webhooks.fetch))
routes.delete(MESSAGES)(shared(remove, webhooks.remove))


def _open(request: web.Request) -> Doc:
    world, token = request.app[WORLD], request.match_info["token"]
    for interaction in world.pages["interaction"].values():
        if interaction["token"] == token:
            if now_ms() - interaction["at_ms"] > request.app[QUIRKS].interaction_token_s * 1000:
                break
            return interaction
    raise Refusal(401, BAD_TOKEN, "Invalid Webhook Token")


def _its(request: web.Request, interaction: Doc) -> Doc:
    key = request.match_info["message"]
    if key == ORIGINAL:
        key = interaction.get("original", "")
        if not interaction.get("acknowledged"):
            raise Refusal(404, UNKNOWN_WEBHOOK, "Unknown Webhook")
    message = request.app[WORLD].pages["message"].get(key)
    if message is None or message.get("interaction_metadata", {}).get("id") != interaction["id"]:
        raise Refusal(404, UNKNOWN_MESSAGE, "Unknown Message")
    return message


def _post(world: World, interaction: Doc, data: Doc, *, loading: int, kind: str) -> Doc:
    content = content_of(data, needed=not loading)
    inherits = interaction["ephemeral"] and kind != "followup"  # past the first, follow-ups say it themselves
    flags = loading | (EPHEMERAL if inherits or data.get("flags", 0) & EPHEMERAL else 0)
    more = {"components": data.get("components") or [], "attachments": files(world, data), "flags": flags}
    more |= {"webhook_id": world.me["id"], "application_id": world.me["id"]}
    about = {"id": interaction["id"], "type": interaction["type"], "user": interaction["user"]}
    more["interaction_metadata"] = about | {"authorizing_integration_owners": {}}
    message = world.post(interaction["channel_id"], world.me, content, **more)
    world.log(
        kind,
        channel=interaction["channel_id"],
        message=message["id"],
        interaction=interaction["id"],
        content=content,
        loading=bool(loading),
        ephemeral=bool(flags & EPHEMERAL),
        pinged=pinged(world, content, data),
        components=more["components"],
    )
    return message


def _fill(world: World, message: Doc, data: Doc) -> Doc:
    return amend(world, message, data, kind="edit", flags=message["flags"] & ~WEBHOOK_FLAG_LOADING)
