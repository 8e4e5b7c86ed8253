"""A cluster of LM Studio servers and its entities: `lmStudioServers`, `clusterSettings`, `entities`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.importing.draft import Draft, fitting, variable_of

KEYS = ("lmStudioServers", "clusterSettings", "entities")
LMSTUDIO = "lmstudio"
PORT = 1234
EVERY = "*"
AS_MS = 1_000.0  # durations are milliseconds there; one below this was surely meant in seconds
STRATEGIES = ("least-loaded", "round-robin", "model-affinity", "memory-based")
DURATIONS = {"modelLoadTimeout": ("jobs", "load_timeout_s"), "requestTimeout": ("jobs", "request_timeout_s")}
SERVER = ("ip", "host", "port", "name", "enabled", "capabilities", "apiKey", "apiToken")
CAPABILITIES = ("maxMemory", "preferredModels", "supportedFormats", "maxConcurrentModels")
SETTINGS = ("maxRetries", "loadBalancingStrategy", "modelUnloadDelay", *DURATIONS)
#: Of an entity: what a persona calls the same.
PLAIN = {
    "temperature": "temperature",
    "topP": "top_p",
    "maxTokens": "max_tokens",
    "max_tokens": "max_tokens",
    "seed": "seed",
    "systemPrompt": "prompt",
    "system_prompt": "prompt",
    "prompt": "prompt",
    "enabled": "enabled",
}
ENTITY = ("id", "name", "model", "preferredServer", *PLAIN)


def read(raw: Mapping[str, Any], draft: Draft) -> None:
    """Take over what a `config-aientities.json` says."""
    servers = raw.get("lmStudioServers") or []
    settings = raw.get("clusterSettings") or {}
    _settings(settings, draft)
    unload_s = _seconds(settings["modelUnloadDelay"]) if "modelUnloadDelay" in settings else None
    names: dict[str, str] = {}
    for at, server in enumerate(servers):
        host = _host(server, at, unload_s, draft)
        names |= {key: host["name"] for key in (server.get("name"), _address(server), server.get("ip")) if key}
    for at, entity in enumerate(raw.get("entities") or []):
        _persona(entity, f"entities[{at}]", names, draft)
    _house(draft)


def _address(server: Mapping[str, Any]) -> str:
    return f"{server.get('ip') or server.get('host')}:{server.get('port', PORT)}"


def _host(server: Mapping[str, Any], at: int, unload_s: float | None, draft: Draft) -> dict[str, Any]:
    place, can = f"lmStudioServers[{at}]", server.get("capabilities") or {}
    name = fitting(str(server.get("name") or f"LM Studio {at + 1}"))
    draft.left(place, server, SERVER)
    draft.left(f"{place}.capabilities", can, CAPABILITIES)
    preferred = [EVERY if each == EVERY else draft.model(each, LMSTUDIO) for each in can.get("preferredModels") or []]
    host: dict[str, Any] = {
        "name": name,
        "engine": f"{LMSTUDIO}+http://{_address(server)}",
        "models": preferred or [EVERY],
    }
    if not server.get("enabled", True):
        host["enabled"] = False
    if "maxMemory" in can:
        host["memory_gib"] = float(can["maxMemory"])
    if "maxConcurrentModels" in can:
        host["max_models"] = int(can["maxConcurrentModels"])
    if can.get("supportedFormats"):
        host["formats"] = [str(each).lower() for each in can["supportedFormats"]]
    if unload_s is not None:
        host["unload_after_s"] = unload_s
    for key in ("apiKey", "apiToken"):
        if server.get(key):
            host["api_key_env"] = variable_of(name)
            draft.note(f"{place}.{key}", f"is not copied; set the variable {host['api_key_env']} to it")
    draft.hosts.append(host)
    return host


def _settings(settings: Mapping[str, Any], draft: Draft) -> None:
    for key, (section, ours) in DURATIONS.items():
        if key in settings:
            draft.set(section, ours, _seconds(settings[key]))
    if "maxRetries" in settings:
        draft.set("jobs", "attempts", max(1, int(settings["maxRetries"])))
    strategy = settings.get("loadBalancingStrategy")
    if strategy in STRATEGIES:
        draft.set("residency", "strategy", strategy)
        draft.note(
            "clusterSettings.loadBalancingStrategy", f'{strategy} holds, as it was; "sticky" swaps models less often'
        )
    elif strategy:
        draft.note(
            "clusterSettings.loadBalancingStrategy", f"there is no such strategy here; one of {', '.join(STRATEGIES)}"
        )
    if "healthCheckInterval" in settings:
        why = "nobody polls here: each host says every 2 s that it lives, and is gone after 6 s of silence"
        draft.note("clusterSettings.healthCheckInterval", why)
    draft.left("clusterSettings", settings, (*SETTINGS, "healthCheckInterval"))


def _persona(entity: Mapping[str, Any], place: str, hosts: Mapping[str, str], draft: Draft) -> None:
    name = fitting(str(entity.get("id") or entity.get("name") or ""))
    if not name or not entity.get("model"):
        draft.note(place, "has no id or no model, so nobody could answer as it")
        return
    persona: dict[str, Any] = {"name": name, "model": draft.model(str(entity["model"]), LMSTUDIO)}
    persona |= {ours: entity[key] for key, ours in PLAIN.items() if entity.get(key) is not None}
    for key in ("temperature", "top_p"):
        if key in persona:
            persona[key] = float(persona[key])
    if server := entity.get("preferredServer"):
        if server in hosts:
            persona["pin"] = hosts[server]
        else:
            draft.note(f"{place}.preferredServer", "no server of that name is listed, so any may answer")
    draft.left(place, entity, ENTITY)
    draft.personas.append(persona)


def _house(draft: Draft) -> None:
    """See that each model has a host: there, a server was given whatever was asked for."""
    open_hosts = [host for host in draft.hosts if EVERY not in host["models"]]
    wanted = {persona["model"]: persona.get("pin") for persona in draft.personas}
    for model, pin in wanted.items():
        holders = [host["name"] for host in draft.hosts if not {EVERY, model}.isdisjoint(host["models"])]
        if holders and pin in (None, *holders):
            continue
        for host in open_hosts:
            if model not in host["models"]:
                host["models"].append(model)
        draft.note(f"model {model!r}", "no server prefers it, so every one may hold it")


def _seconds(value: Any) -> float:
    number = float(value)
    return number / 1_000 if number >= AS_MS else number
