"""What an import has come to so far: tables of a `rookery.toml`, and a line on each thing that stayed behind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.contracts.masking import is_secret_name
from tasks.contracts.queues import slug

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_NAME = re.compile(r"[|,]|[^\S ]")


@dataclass
class Draft:
    """Grows while a file is read."""

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    hosts: list[dict[str, Any]] = field(default_factory=list)
    personas: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def set(self, section: str, key: str, value: Any) -> None:
        """Let a single key of ours say this."""
        self.sections.setdefault(section, {})[key] = value

    def note(self, place: str, why: str) -> None:
        """Say what did not come over, or not as it was; values are not shown, since they may be secret."""
        self.notes.append(f"{place}: {why}")

    def model(self, name: str, kind: str) -> str:
        """Take a model in that servers of a kind know by this name, and return what it is called here."""
        called = fitting(name)
        same = next((known for known in self.models if slug(known) == slug(called)), called)
        if same != called:
            self.note(f"model {called!r}", f"queues could not tell it from {same!r}, which stands for both")
        self.models.setdefault(same, {"name": same, "aliases": {}})["aliases"].setdefault(kind, name)
        return same

    def left(self, place: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
        """Say of every key of a table that is not known here that it stayed behind."""
        for key in table.keys() - set(known):
            self.note(f"{place}.{key}" if place else key, _why_left(key))


def _why_left(key: str) -> str:
    name = _HUMP.sub("_", key)
    if is_secret_name(name):
        return f"a secret is not copied into a file; keep it in a variable such as {name.upper().replace('-', '_')}"
    return "has no counterpart here"


def fitting(name: str) -> str:
    """Return a name as our lists can hold it.

    >>> fitting(" a|b ")
    'a b'
    """
    return " ".join(_NO_NAME.sub(" ", name).split())


def variable_of(name: str) -> str:
    """Return the variable that is to hold the key of a server.

    >>> variable_of("Mac Studio 1")
    'MAC_STUDIO_1_KEY'
    """
    return f"{slug(name).replace('-', '_').upper()}_KEY"
