"""Hosts are put into rookery.toml and taken out of it: comments stay, and what could not be is never written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from tasks.contracts.errors import ConfigurationError, UnknownThing
from tasks.contracts.fleet import HOME, parse

KEY = "host"


def add_host(file: Path, name: str, entry: Mapping[str, Any]) -> None:
    """Put a [[host]] into the file, which is made where there is none; keys without a value are left out.

    Raises:
        ConfigurationError: there is one of that name, or the file would not hold together with it.
    """
    document = _read(file)
    hosts = document.get(KEY)
    if hosts is None:  # the host that there is without any entry goes on
        document[KEY] = hosts = tomlkit.aot()
        _append(hosts, {"name": HOME.name})
    if any(each.get("name") == name for each in hosts):
        raise ConfigurationError(
            f"{file} has a host {name!r} already", next_step="change it there, or choose another name"
        )
    _append(hosts, {"name": name, **{key: value for key, value in entry.items() if value not in (None, "", [], ())}})
    _write(file, document)


def remove_host(file: Path, name: str) -> None:
    """Take the [[host]] of that name out of the file.

    Raises:
        UnknownThing: there is none.
        ConfigurationError: the file would not hold together without it.
    """
    document = _read(file)
    hosts = document.get(KEY) or []
    at = next((index for index, each in enumerate(hosts) if each.get("name") == name), None)
    if at is None:
        known = ", ".join(str(each.get("name")) for each in hosts) or "none"
        raise UnknownThing(f"{file} has no [[host]] {name!r}; there are: {known}")
    del hosts[at]
    if not hosts:
        del document[KEY]
    _write(file, document)


def _append(hosts: Any, entry: Mapping[str, Any]) -> None:
    if not isinstance(hosts, AoT):
        raise ConfigurationError(
            "the hosts of that file are written as one list", next_step="write them as [[host]] tables first"
        )
    table = tomlkit.table()
    for key, value in entry.items():
        table[key] = list(value) if isinstance(value, tuple) else value
    hosts.append(table)


def _read(file: Path) -> tomlkit.TOMLDocument:
    if not file.exists():
        return tomlkit.document()
    try:
        return tomlkit.parse(file.read_text("utf-8-sig"))
    except (OSError, ValueError, TOMLKitError) as exc:
        raise ConfigurationError(
            f"{file} cannot be read: {exc}", next_step="`rookery config check` says what is wrong with it"
        ) from exc


def _write(file: Path, document: tomlkit.TOMLDocument) -> None:
    """Replace the file by one that holds together, whole or not at all, with the rights that it had."""
    text = tomlkit.dumps(document)
    parse(document.unwrap(), str(file))
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        fresh.write_text(text, "utf-8")
        if file.exists():
            fresh.chmod(file.stat().st_mode & 0o777)
        fresh.replace(file)
    except OSError as exc:
        raise ConfigurationError(f"{file} cannot be written: {exc.strerror}") from exc
    finally:
        fresh.unlink(missing_ok=True)
