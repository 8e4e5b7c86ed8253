"""Which inference server answers at an address. Told by how it answers: a port says nothing about who has it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from tasks.contracts.errors import RookeryError
from workers.doctor import listings
from workers.doctor.listings import Kind, Said, Server
from workers.engines.exchange import ask
from workers.engines.failures import Asked
from workers.engines.wire import Request

#: For all that one server is asked. Each of the questions is answered from memory.
LOOK_S = 2.0
ONE_QUESTION_S = 1.0
KEY_WANTED = (" answered 401", " answered 403")

Get = Callable[[str], Said]


class _KeyWanted(Exception):
    """The server answers those alone who have its key."""


def identify(url: str, api_key: str = "") -> Server | None:
    """Return the inference server at `url` and how soon it answers, or None when nothing answers there as one does."""
    began_s = time.monotonic()
    base_url = url.rstrip("/").removesuffix("/v1")
    give_up_s = began_s + LOOK_S

    def get(path: str) -> Said:
        left_s = min(ONE_QUESTION_S, give_up_s - time.monotonic())
        return _get(base_url + path, api_key, left_s) if left_s > 0 else {}

    listing: Said = {}
    try:
        listing = get("/v1/models")
        latency_s = time.monotonic() - began_s
        return replace(_identify(base_url, listing, get), latency_s=latency_s) if listings.is_listing(listing) else None
    except _KeyWanted:
        return listings.openai(base_url, listing) if listing else Server(base_url, Kind.LOCKED)


def _identify(base_url: str, listing: Said, get: Get) -> Server:
    """Ask for what only one kind of server has, the surest sign first."""
    owner = listings.owner(listing)
    if owner == "vllm":
        return listings.vllm(base_url, listing)
    if owner in ("", "llamacpp") and (owner or listings.is_router(get("/props"))):
        return listings.llamacpp(base_url, listing, get("/props"))
    if listings.is_lm_studio(models := get("/api/v1/models")):
        return listings.lm_studio(base_url, listing, models)
    if listings.is_old_lm_studio(models := get("/api/v0/models")):
        return listings.old_lm_studio(base_url, listing, models)
    if listings.is_ollama(get("/api/version"), tags := get("/api/tags")):
        return listings.ollama(base_url, tags, get("/api/ps"))
    return listings.openai(base_url, listing)


def _get(url: str, api_key: str, within_s: float) -> Said:
    """Return the JSON object at `url`, or nothing. No proxy and no redirect is followed: nobody else is asked."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        return ask(Asked(url), Request("GET", url, headers=headers), within_s)
    except RookeryError as exc:
        if any(sign in exc.message for sign in KEY_WANTED):
            raise _KeyWanted from exc
        return {}
