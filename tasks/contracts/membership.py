"""A machine that joined the flock of another: what it was given to do so, and the fleet file as it was last told.

Both lie in the data folder, for its owner's eyes only. What concerns the machine itself stays its own: folders, logs,
ports, and where the files of models lie.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from pydantic import Field

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.messages import Value

JOINED_FILE = "joined.json"
TOLD_FILE = "fleet.json"
CERTIFICATE_FILE = "joined.pem"
FOR_ITS_OWNER = 0o600
_LOGIN = re.compile(r"://[^/\s]*@")
Kind = TypeVar("Kind", bound=Value)
#: Tables of rookery.toml that each machine has of its own.
LOCAL = ("redis", "data", "web", "flower", "log", "words", "notify", "scale")
#: The table of which only the address is: whether anything is kept holds everywhere.
TRANSCRIPT = "transcript"


class Joined(Value):
    """How this machine reaches the flock that it joined."""

    machine: str
    """What the flock calls it; hosts name it as their `agent`."""
    address: str
    """HOST:PORT of the flock's gate."""
    secret: str = Field(repr=False)
    namespace: str
    certificate: str = ""
    """The one certificate to trust, a file; empty: nothing is encrypted."""

    @property
    def url(self) -> str:
        """The address of Redis with the credentials of this machine."""
        login = f"{user_of(self.machine)}:{quote(self.secret, safe='')}"
        if not self.certificate:
            return f"redis://{login}@{self.address}/0"
        return f"rediss://{login}@{self.address}/0?{urlencode(trusting(self.certificate))}"


class Told(Value):
    """A fleet file as its owner published it, or as it was when it last was good."""

    version: int
    digest: str
    text: str = Field(repr=False)
    """The tables of the file as JSON, without those that each machine has of its own."""
    serial: int = 0
    """Its number by its owner's count, which only grows; 0: it was kept before there were any."""

    @property
    def tables(self) -> dict[str, Any]:
        """The tables of the file."""
        return dict(json.loads(self.text))


def user_of(machine: str) -> str:
    """Return the name by which Redis knows a machine."""
    return f"machine.{machine}"


def trusting(certificate: str) -> dict[str, str]:
    """Return what an address of Redis says so that this certificate is trusted and no other.

    The name in it is not compared: a machine may be reached by several, and the certificate is pinned.
    """
    return {"ssl_ca_certs": certificate, "ssl_cert_reqs": "required", "ssl_check_hostname": "false"}


def joined(data_dir: Path) -> Joined | None:
    """Return how the machine with this data folder reaches its flock, or None where it joined none.

    Raises:
        ConfigurationError: it says so, and that cannot be read.
    """
    return _read(data_dir / JOINED_FILE, Joined)


def told(data_dir: Path) -> Told | None:
    """Return the fleet file that was last told, or None. Raises as `joined` does."""
    return _read(data_dir / TOLD_FILE, Told)


def published(raw: Mapping[str, Any]) -> str:
    """Return the part of a rookery.toml that is for all machines, as JSON: no addresses and no secrets of this one.

    A password in the address of an engine is left out as well; `api_key_env` is how a machine comes by one.
    """
    shared = {key: value for key, value in raw.items() if key not in LOCAL}
    if hosts := _entries(raw, "host"):
        shared["host"] = [{**host, **_without_login(host)} for host in hosts]
    if TRANSCRIPT in raw:
        shared[TRANSCRIPT] = {key: value for key, value in _table(raw, TRANSCRIPT).items() if key != "url"}
    return json.dumps(shared, sort_keys=True, default=str)


def whole(raw: Mapping[str, Any]) -> str:
    """Return all tables of a rookery.toml as JSON, for this machine alone."""
    return json.dumps(dict(raw), sort_keys=True, default=str)


def merged(local: Mapping[str, Any], fleet: Mapping[str, Any]) -> dict[str, Any]:
    """Return what holds on a joined machine: the fleet as published, its own tables, and where its model files lie."""
    own = {key: local[key] for key in LOCAL if key in local}
    if url := _table(local, TRANSCRIPT).get("url"):
        own[TRANSCRIPT] = {**_table(fleet, TRANSCRIPT), "url": url}
    files = {entry["name"]: entry["gguf"] for entry in _entries(local, "model") if {"name", "gguf"} <= entry.keys()}
    models = [
        {**entry, "gguf": files[entry["name"]]} if entry.get("name") in files else entry
        for entry in _entries(fleet, "model")
    ]
    return {**fleet, **({"model": models} if models else {}), **own}


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FOR_ITS_OWNER), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _without_login(host: Mapping[str, Any]) -> dict[str, Any]:
    engine = host.get("engine")
    return {"engine": _LOGIN.sub("://", engine)} if isinstance(engine, str) else {}


def _table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = raw.get(key)
    return table if isinstance(table, Mapping) else {}


def _entries(raw: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    entries = raw.get(key)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _read(path: Path, kind: type[Kind]) -> Kind | None:
    try:
        return kind.model_validate_json(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):  # what is wrong with the folder is told by whoever makes it
        return None
    except (OSError, ValueError) as exc:  # what pydantic raises is a ValueError
        why = exc.strerror if isinstance(exc, OSError) else "it is not what was written there"
        raise ConfigurationError(
            f"{path} cannot be read: {why}", next_step="delete it and join again with a new `rookery invite`"
        ) from exc
