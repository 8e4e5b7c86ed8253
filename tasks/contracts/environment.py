"""What the environment says: which variables are read, and what each becomes. `.env.example` lists them all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_origin

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.fleet import Fleet
from tasks.contracts.problems import closest, shown, table_of
from tasks.contracts.secret import FILE_SUFFIX as FILE_SUFFIX
from tasks.contracts.secret import secret

PREFIX = "ROOKERY_"
CONFIG = "ROOKERY_CONFIG"
ENV = "ROOKERY_ENV"
DATA_DIR = "ROOKERY_DATA_DIR"
LISTEN = "ROOKERY_REDIS_LISTEN"
REDIS_URL = "REDIS_URL"
FLOWER_PASSWORD = "FLOWER_PASSWORD"  # noqa: S105 (the name of a variable)
DISCORD_TOKEN = "DISCORD_TOKEN"  # noqa: S105
TELEGRAM_TOKEN = "TELEGRAM_TOKEN"  # noqa: S105
TELEGRAM_WEBHOOK_SECRET = "TELEGRAM_WEBHOOK_SECRET"  # noqa: S105
FEED_KEY = "FEED_KEY"
NTFY_TOKEN = "NTFY_TOKEN"  # noqa: S105
QDRANT_API_KEY = "QDRANT_API_KEY"
WEB_KEY = "WEB_KEY"
TRANSCRIPT_URL = "TRANSCRIPT_URL"
DRY_RUN = "DRY_RUN"
DEBUG_PROMPTS = "DEBUG_PROMPTS"
MAIN = "main"  # the environment whose keys in Redis carry no name

SECTIONS = (
    *("redis", "data", "jobs", "web", "flower", "log", "residency", "health", "routing"),
    *(
        "discord",
        "telegram",
        "feed",
        "limits",
        "casting",
        "words",
        "transcript",
        "memory",
        "training",
        "notify",
        "scale",
    ),
)
#: Addresses that may hold a password; each stands over a key of the file.
ADDRESSES = {REDIS_URL: ("redis", "url"), TRANSCRIPT_URL: ("transcript", "url")}
#: What is in no file of settings at all.
KEYS = (
    *(FLOWER_PASSWORD, DISCORD_TOKEN, TELEGRAM_TOKEN, TELEGRAM_WEBHOOK_SECRET, FEED_KEY, WEB_KEY, NTFY_TOKEN),
    QDRANT_API_KEY,
)
SECRETS = (*ADDRESSES, *KEYS)

# Passed from process to process, or set by tests; not for people, so they are known and not documented.
INTERNAL = ("ROOKERY_CRASH_AT", "ROOKERY_FORKSERVER_FD", "ROOKERY_LEASH_FD")
INTERNAL_PREFIXES = ("ROOKERY_TEST_", "ROOKERY_WORKER_")
_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_ENV_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")

Key = tuple[str, str]


def keys_by_variable() -> dict[str, Key]:
    """Return the variables that stand for single keys of the file: ROOKERY_<SECTION>_<KEY>."""
    return {f"{PREFIX}{section}_{key}".upper(): (section, key) for section, key in _kinds()}


def known_variables() -> list[str]:
    """Return every variable that a person may set."""
    secrets = [variable for name in SECRETS for variable in (name, name + FILE_SUFFIX)]
    return sorted([CONFIG, ENV, DRY_RUN, DEBUG_PROMPTS, *secrets, *keys_by_variable()])


@dataclass
class _Faults:
    """Collects what is wrong, so that a person hears of all of it at once."""

    lines: list[str] = field(default_factory=list)

    def secret(self, environ: Mapping[str, str], name: str) -> str:
        try:
            return secret(environ, name)
        except ConfigurationError as exc:
            self.lines.append(f"{exc.message}; {exc.next_step}")
            return ""

    def switch(self, environ: Mapping[str, str], name: str) -> bool:
        value = environ.get(name, "")
        on = _SWITCH.get(value.lower()) if value else False
        if on is None:
            self.lines.append(f"{name} = {shown(value)}: wanted true or false")
        return bool(on)

    def env_name(self, environ: Mapping[str, str]) -> str:
        value = environ.get(ENV) or MAIN
        if not _ENV_NAME.fullmatch(value):
            self.lines.append(f"{ENV} = {shown(value)}: wanted a short name of a-z, 0-9 and -")
        return value


@dataclass(frozen=True)
class Environment:
    """The environment, read. A variable that is set and empty counts as not set."""

    config: str
    name: str
    dry_run: bool
    debug_prompts: bool
    keys: Mapping[str, str] = field(repr=False)
    """Each of KEYS; empty where it is not set."""
    values: Mapping[Key, Any] = field(repr=False)
    """What stands over the file."""
    variables: Mapping[Key, str]
    """Which variable each of `values` came from."""
    faults: tuple[str, ...]
    """One line for each thing that cannot be."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Environment:
        """Return what `environ` says. What is wrong with it is in `faults`, for the caller to raise."""
        faults = _Faults(list(_strangers(environ)))
        values, variables = _values(environ)
        for name, key in ADDRESSES.items():
            if url := faults.secret(environ, name):
                if key in values:
                    faults.lines.append(f"{name} and {variables[key]} are both set; keep one of them")
                values[key], variables[key] = url, name
        return cls(
            config=environ.get(CONFIG, ""),
            name=faults.env_name(environ),
            dry_run=faults.switch(environ, DRY_RUN),
            debug_prompts=faults.switch(environ, DEBUG_PROMPTS),
            keys={name: faults.secret(environ, name) for name in KEYS},
            values=values,
            variables=variables,
            faults=tuple(faults.lines),
        )

    def over(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return `raw` with the environment's values over it; what is no table is left for the schema to refuse."""
        merged = dict(raw)
        for (section, key), value in self.values.items():
            table = merged.get(section, {})
            if isinstance(table, Mapping):
                merged[section] = {**table, key: value}
        return merged


def _kinds() -> dict[Key, Any]:
    """Return the type of each key that a variable can stand for: it holds one value, so lists are left out."""
    return {
        (section, info.alias or name): info.annotation
        for section in SECTIONS
        for name, info in table_of(Fleet, section).model_fields.items()
        if get_origin(info.annotation) is not tuple
    }


def _values(environ: Mapping[str, str]) -> tuple[dict[Key, Any], dict[Key, str]]:
    kinds, values, variables = _kinds(), {}, {}
    for variable, key in keys_by_variable().items():
        if environ.get(variable):
            values[key] = _read_as(kinds[key], environ[variable])
            variables[key] = variable
    return values, variables


def _read_as(kind: Any, text: str) -> Any:
    """Return `text` as what the schema wants. What is none of it stays text: the schema says it best."""
    if kind is bool:
        return _SWITCH.get(text.lower(), text)
    if kind is int or kind is float:
        try:
            return kind(text)
        except ValueError:
            return text
    return text


def _strangers(environ: Mapping[str, str]) -> Iterator[str]:
    known = {*known_variables(), *INTERNAL}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known and not name.startswith(INTERNAL_PREFIXES):
            yield f"{name}: unknown variable; {closest(name, sorted(known)) or 'see .env.example'}"
