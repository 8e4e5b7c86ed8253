"""What the listings of inference servers say: who wrote them, and which models are there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from tasks.contracts.canary import VERSION

Said = Mapping[str, Any]
#: How what a host's agent makes of an adapter ends, at Ollama: with its version.
MADE = re.compile(f"-{VERSION.strip('^$')}(:latest)?$")


class Kind(StrEnum):
    """Who answers, as people call it."""

    LM_STUDIO = "LM Studio"
    OLLAMA = "Ollama"
    LLAMACPP = "llama-server"
    LLAMACPP_ROUTER = "llama-server (router)"
    VLLM = "vLLM"
    OPENAI = "an OpenAI-compatible server"
    LOCKED = "a server that wants a key"


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be talked to there. What a server does not say is None."""

    key: str
    loaded: bool = True
    context_tokens: int | None = None
    slots: int | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """An inference server, and what it says of itself."""

    url: str
    kind: Kind
    offers: tuple[Offer, ...] = ()
    names: frozenset[str] = frozenset()
    """Every name that it answers to: with models for embeddings, adapters and aliases."""
    loads_by_itself: bool | None = None
    """It takes a model into memory because somebody asked that model something. None: it does not say."""
    unloads_at: datetime | None = None
    """When it takes the first of its models out of memory unless somebody asks for it."""
    latency_s: float = field(default=0.0, compare=False)
    """How long it took to answer the first question."""


def is_listing(said: Said) -> bool:
    """Return whether this answers /v1/models. Ollama says `null` for a list without models."""
    return isinstance(said.get("data"), list) or ("data" in said and said.get("object") == "list")


def owner(listing: Said) -> str:
    """Return who the first entry says that it belongs to."""
    return next((str(entry.get("owned_by")) for entry in _entries(listing)), "")


def is_router(props: Said) -> bool:
    """Return whether this answers /props as a llama-server does that starts others."""
    return props.get("role") == "router"


def is_lm_studio(models: Said) -> bool:
    """Return whether this answers /api/v1/models as LM Studio does since 0.4."""
    return isinstance(models.get("models"), list) and all("key" in entry for entry in _entries(models, "models"))


def is_old_lm_studio(models: Said) -> bool:
    """Return whether this answers /api/v0/models as LM Studio does, before 0.4 too."""
    return is_listing(models) and all("state" in entry for entry in _entries(models))


def is_ollama(version: Said, tags: Said) -> bool:
    """Return whether this answers /api/version and /api/tags as Ollama does."""
    return "version" in version and "models" in tags


def vllm(url: str, listing: Said) -> Server:
    """Read vLLM: one model, and adapters that name it as their parent."""
    offers = (
        Offer(entry["id"], context_tokens=_number(entry.get("max_model_len")))
        for entry in _entries(listing)
        if not entry.get("parent")
    )
    return Server(url, Kind.VLLM, tuple(offers), _ids(listing), loads_by_itself=False)


def llamacpp(url: str, listing: Said, props: Said) -> Server:
    """Read llama-server: one model, or as a router those of a folder."""
    router = is_router(props)
    offers = (
        Offer(
            entry["id"],
            loaded=not router or _get(entry, "status", "value") == "loaded",
            context_tokens=_number(_get(entry, "meta", "n_ctx")),
            slots=_number(props.get("total_slots")),
        )
        for entry in _entries(listing)
    )
    aliases = {str(alias) for entry in _entries(listing) for alias in entry.get("aliases") or ()}
    kind = Kind.LLAMACPP_ROUTER if router else Kind.LLAMACPP
    autoload = props.get("models_autoload") is not False if router else False
    return Server(url, kind, tuple(offers), _ids(listing) | aliases, loads_by_itself=autoload)


def lm_studio(url: str, listing: Said, models: Said) -> Server:
    """Read LM Studio: everything that was downloaded, each with the instances of it that are in memory."""
    offers, idle = [], set()
    for entry in _entries(models, "models"):
        instances = entry.get("loaded_instances") or [{}]
        config = _get(instances[0], "config") or {}
        loaded = bool(entry.get("loaded_instances"))
        if not loaded:
            idle.add(entry["key"])
        if entry.get("type") != "embedding":
            sizes = _number(config.get("context_length")), _number(config.get("parallel"))
            offers.append(Offer(entry["key"], loaded, *sizes))
    loads_by_itself = _jit(_ids(listing), idle)
    return Server(url, Kind.LM_STUDIO, tuple(offers), _ids(listing) | _keys(models), loads_by_itself)


def old_lm_studio(url: str, listing: Said, models: Said) -> Server:
    """Read LM Studio by its older listing, which has no sizes. Nothing is loaded there by request alone."""
    states = {entry["id"]: entry["state"] == "loaded" for entry in _entries(models)}
    spoken = [entry["id"] for entry in _entries(models) if entry.get("type") != "embeddings"]
    idle = {key for key, loaded in states.items() if not loaded}
    jit = _jit(_ids(listing), idle)
    usable = tuple(Offer(key, states[key]) for key in spoken if states[key] or jit)
    return Server(url, Kind.LM_STUDIO, usable, _ids(listing), jit)


def ollama(url: str, tags: Said, running: Said) -> Server:
    """Read Ollama: what was pulled, and what is in memory until when. What was made of an adapter is no offer."""
    loaded = {entry.get("name") for entry in _entries(running, "models")}
    ends = [end for entry in _entries(running, "models") if (end := _moment(entry.get("expires_at")))]
    models = _entries(tags, "models")
    offers = (
        Offer(entry["name"], entry["name"] in loaded)
        for entry in models
        if "name" in entry and "completion" in (entry.get("capabilities") or ["completion"])
        if not MADE.search(entry["name"])
    )
    names = frozenset(str(entry.get("name")) for entry in _entries(tags, "models"))
    untagged = {name.removesuffix(":latest") for name in names}
    return Server(url, Kind.OLLAMA, tuple(offers), names | untagged, True, min(ends, default=None))


def openai(url: str, listing: Said) -> Server:
    """Read a server that has nothing but OpenAI's listing."""
    return Server(url, Kind.OPENAI, tuple(Offer(entry["id"]) for entry in _entries(listing)), _ids(listing))


def _jit(listed: frozenset[str], idle: set[str]) -> bool | None:
    """Return whether LM Studio loads on demand: then /v1/models lists what is not in memory too."""
    return not idle.isdisjoint(listed) if idle else None


def _keys(models: Said) -> frozenset[str]:
    return frozenset(str(entry["key"]) for entry in _entries(models, "models"))


def _entries(said: Said, key: str = "data") -> Iterator[dict[str, Any]]:
    """Yield the objects of a list; of `data`, those with an id."""
    entries = said.get(key)
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and (key != "data" or isinstance(entry.get("id"), str)):
            yield entry


def _ids(listing: Said) -> frozenset[str]:
    return frozenset(entry["id"] for entry in _entries(listing))


def _get(said: Any, *keys: str) -> Any:
    for key in keys:
        said = said.get(key) if isinstance(said, dict) else None
    return said


def _number(said: Any) -> int | None:
    return said if isinstance(said, int) and not isinstance(said, bool) and said > 0 else None


def _moment(said: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
