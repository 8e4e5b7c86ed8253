"""One server with models for three kinds of messages: `llm` with `models`, `cache` and `routing`. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from tasks.contracts.routing import Rule
from tasks.importing.draft import Draft, variable_of

KEYS = ("llm",)
ROLES = ("primary", "code", "fast")
KINDS = {"ollama": "ollama", "lmstudio": "lmstudio", "lm-studio": "lmstudio", "vllm": "vllm"}
ADDRESSES = {"ollama": "http://127.0.0.1:11434", "lmstudio": "http://127.0.0.1:1234", "vllm": "http://127.0.0.1:8000"}
KEEPS = ("ram", "ssd", "none")
LLM = ("provider", "base_url", "models", "cache", "routing", "api_key", "temperature", "max_tokens", "timeout")
POSTCODE = "what is the postcode of Leeds"  # a rule about code that it fits will surprise people
PERSONA = "rookery"
LOGIN = re.compile(r"://[^/\s]*@")


def read(raw: Mapping[str, Any], draft: Draft) -> None:
    """Take over what an `ollama-vm.yaml` says."""
    llm = raw["llm"] or {}
    kind = KINDS.get(str(llm.get("provider", "ollama")).lower(), "openai")
    host = _host(llm, kind, draft)
    named = llm.get("models") or {}
    for role in ROLES:
        if named.get(role):
            draft.set("routing", role, draft.model(str(named[role]), kind))
    draft.left("llm.models", named, ROLES)
    _cache(llm.get("cache") or {}, host, draft)
    _rules(llm.get("routing") or {}, kind, draft)
    _persona(llm, host, draft)
    draft.left("llm", llm, LLM)


def _host(llm: Mapping[str, Any], kind: str, draft: Draft) -> dict[str, Any]:
    address = str(llm.get("base_url") or ADDRESSES.get(kind, "http://127.0.0.1:8080")).rstrip("/").removesuffix("/v1")
    if (bare := LOGIN.sub("://", address)) != address:
        address = bare
        draft.note("llm.base_url", "the name and password in it are not copied; write them into `engine` if you must")
    name = str(llm.get("provider") or kind)
    host: dict[str, Any] = {"name": name, "engine": address if kind == "openai" else f"{kind}+{address}"}
    if _is_elsewhere(address):
        host["cloud"] = True
        draft.note("llm.base_url", "belongs to somebody else: what people say goes there, as it did before")
    if llm.get("api_key"):
        host["api_key_env"] = variable_of(name)
        draft.note("llm.api_key", f"is not copied; set the variable {host['api_key_env']} to it")
    draft.hosts.append(host)
    return host


def _is_elsewhere(address: str) -> bool:
    """Return whether a server is beyond the networks of one's own, as far as its address shows it."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".lan", ".internal", ".home", ".home.arpa"))


def _cache(cache: Mapping[str, Any], host: dict[str, Any], draft: Draft) -> None:
    kept = str(cache.get("type", "")).lower()
    if kept in KEEPS:
        host["keep"] = kept
    elif kept:
        draft.note("llm.cache.type", f"wanted one of {', '.join(KEEPS)}")
    if cache.get("max_models"):
        host["max_models"] = int(cache["max_models"])
    if cache.get("eviction"):
        draft.note("llm.cache.eviction", "who goes is decided by [residency]: what is used least, and what waits")
    draft.left("llm.cache", cache, ("type", "max_models", "eviction"))


def _rules(routing: Mapping[str, Any], kind: str, draft: Draft) -> None:
    rules = []
    for at, said in enumerate(routing.get("rules") or []):
        place = f"llm.routing.rules[{at}]"
        try:
            rule = Rule(pattern=str(said.get("pattern", "")), model=str(said.get("model", "")))
        except ValidationError as exc:
            draft.note(place, f"left out: {exc.errors()[0]['msg']}")
            continue
        if "code" in rule.pattern and rule.fits(POSTCODE):
            draft.note(
                f"{place}.pattern", r"fits inside words too, as in `postcode`; \b(…)\b would fit whole words only"
            )
        rules.append({"pattern": rule.pattern, "model": draft.model(rule.model, kind)})
        draft.left(place, said, ("pattern", "model"))
    if rules:
        draft.set("routing", "rules", rules)
    draft.left("llm.routing", routing, ("rules",))


def _persona(llm: Mapping[str, Any], host: Mapping[str, Any], draft: Draft) -> None:
    persona: dict[str, Any] = {"name": PERSONA, "model": "auto"}
    if llm.get("temperature") is not None:
        persona["temperature"] = float(llm["temperature"])
    if llm.get("max_tokens"):
        persona["max_tokens"] = int(llm["max_tokens"])
    if llm.get("timeout"):
        draft.set("jobs", "request_timeout_s", float(llm["timeout"]))
    if host.get("cloud"):
        persona |= {"private": False, "allow_cloud": True}
    draft.personas.append(persona)
