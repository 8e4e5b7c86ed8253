"""Keys by which programs and people reach the HTTP API. The ledger keeps what a key may do and a digest, never the key.

A key has 256 random bits, so a plain digest of it tells nobody what it is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tasks.contracts.errors import BadInput
from tasks.jobs.values import MS, Move

PREFIX = "rk_"
KEY_BYTES, ID_BYTES = 32, 5
USE_COARSE_MS = 3_600_000  # how exactly the last use of a key is known
MOST_NAME_CHARS = 64
_NAME = re.compile(rf"[\w.@+-]{{1,{MOST_NAME_CHARS}}}", re.ASCII)


class Scope(StrEnum):
    """What a key may be good for."""

    CHAT = "chat"
    """To ask for answers, and to see and withdraw what was asked with the same key."""
    EMBED = "embed"
    """To have texts made into vectors."""
    INGEST = "ingest"
    """To add to what the flock remembers, and to have it summarised."""
    MEMORY = "memory"
    """To see, add to and take away what is remembered of whoever has the key."""
    READ = "read"
    """To look at the fleet, at every job of the API, at settings and figures."""
    ADMIN = "admin"
    """All of it, and to have dead jobs tried again."""


EVERY_SCOPE = frozenset(Scope)


@dataclass(frozen=True)
class Limits:
    """How much may be asked with one key; 0 is no bound."""

    minute: int = 0
    hour: int = 0
    day: int = 0
    at_once: int = 0
    """Jobs that are not answered yet."""


UNLIMITED = Limits()


@dataclass(frozen=True)
class Key:
    """A key as the ledger knows it."""

    key_id: str
    """Tells keys apart, and opens nothing."""
    name: str
    scopes: frozenset[Scope]
    limits: Limits = UNLIMITED
    created_ms: int = 0
    expires_ms: int = 0
    """0: never."""
    used_ms: int = 0
    """When it was used last, to the hour; 0: never."""


@dataclass(frozen=True)
class Keyring:
    """Every key that was not revoked."""

    now_ms: int
    keys: tuple[Key, ...]

    @property
    def valid(self) -> tuple[Key, ...]:
        """Those that have not expired."""
        return tuple(key for key in self.keys if not key.expires_ms or key.expires_ms > self.now_ms)


def fresh() -> tuple[str, str]:
    """Return a new key and its id. Nobody can be shown the key a second time."""
    return PREFIX + _letters(secrets.token_bytes(KEY_BYTES)), _letters(secrets.token_bytes(ID_BYTES))


def digest(key: str) -> str:
    """Return what the ledger knows a key by."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def add(key: Key, secret: str, life_s: float = 0.0) -> Move[bool]:
    """Keep a new key; False: its name is taken. With `life_s` it is good for so many seconds.

    Raises:
        BadInput: the name cannot be one, or the key may do nothing.
    """
    if not _NAME.fullmatch(key.name):
        raise BadInput(
            f"a key cannot be called {key.name[:MOST_NAME_CHARS]!r}",
            next_step=f"use 1 to {MOST_NAME_CHARS} letters, digits, or . _ @ + -",
        )
    if not key.scopes:
        raise BadInput("the key would be good for nothing", next_step=f"give it scopes: {', '.join(Scope)}")
    limits = {period: most for period, most in vars(key.limits).items() if most}
    record = {"name": key.name, "scopes": sorted(key.scopes), "limits": limits}
    args = ("new", key.key_id, digest(secret), key.name, json.dumps(record), int(life_s * MS))
    return Move("key", args, bool, rings=False)


def every() -> Move[Keyring]:
    """Return all keys, by name."""

    def read(answer: list[Any]) -> Keyring:
        now_ms, *told = answer
        return Keyring(int(now_ms), tuple(sorted(map(_key, told), key=lambda key: key.name)))

    return Move("key", ("list",), read, rings=False)


def revoke(name: str) -> Move[str]:
    """Take a key out of use, by its name or id; returns the id, or nothing where there is no such key."""
    return Move("key", ("revoke", name), str, rings=False)


def find(of: str) -> Move[Key | None]:
    """Return the key with this digest; None: there is none, it was revoked, or it has expired."""
    return Move("key", ("find", of, USE_COARSE_MS), lambda answer: _key(answer) if answer else None, rings=False)


def _key(told: Iterable[str]) -> Key:
    key_id, record, expires_ms, used_ms = told
    said = json.loads(record)
    return Key(
        key_id=key_id,
        name=said["name"],
        scopes=frozenset(Scope(scope) for scope in said["scopes"] if scope in {*Scope}),  # of a newer version, say
        limits=Limits(**said["limits"]),
        created_ms=said["created_ms"],
        expires_ms=int(expires_ms),
        used_ms=int(used_ms),
    )


def _letters(random: bytes) -> str:
    return base64.b32encode(random).decode().rstrip("=").lower()
