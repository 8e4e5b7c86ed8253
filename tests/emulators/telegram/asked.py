"""One call of the Bot API as it came: its parameters, checked, and the ways to say no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Kinds = Mapping[str, str]
"""Parameters of a method: their name, and whether they are "text", "number", "flag" or "json"."""


class Refusal(Exception):
    """An answer with ok=false."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def as_json(self) -> dict[str, Any]:
        """Return it as the Bot API has it."""
        said = {"ok": False, "error_code": self.code, "description": self.description}
        return {**said, "parameters": self.parameters} if self.parameters else said


def bad(description: str, **parameters: int) -> Refusal:
    """Return a 400."""
    return Refusal(400, f"Bad Request: {description}", **parameters)


@dataclass(frozen=True)
class Asked:
    """The parameters of one call."""

    method: str
    given: Mapping[str, Any]
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    def checked(self, kinds: Kinds) -> Asked:
        """Return the call with its values read. Strict: what a method does not know is an error here."""
        unknown = sorted(set(self.given) - set(kinds))
        if unknown:
            raise bad(f"EMULATOR: {self.method} knows no {', '.join(unknown)}")
        read = {name: _read(name, kinds[name], value) for name, value in self.given.items()}
        return Asked(self.method, read, self.files)

    def text(self, name: str) -> str:
        """Return a text; empty when it was not given."""
        return str(self.given.get(name, ""))

    def number(self, name: str, default: int = 0) -> int:
        """Return a number."""
        return int(self.given.get(name, default))

    def flag(self, name: str) -> bool:
        """Return whether something is switched on."""
        return bool(self.given.get(name, False))

    def json(self, name: str) -> Any:
        """Return an object or a list; None when it was not given."""
        return self.given.get(name)

    def upload(self, name: str) -> tuple[str, bytes]:
        """Return an attached file: its name and its bytes."""
        return self.attached(self.text(name) or f"attach://{name}")

    def attached(self, address: str) -> tuple[str, bytes]:
        """Return the file that `attach://…` names."""
        try:
            return self.files[address.removeprefix("attach://")]
        except KeyError:
            raise bad("there is no document in the request") from None


def _read(name: str, kind: str, value: Any) -> Any:
    try:
        if kind == "number":
            return int(value)
        if kind == "flag":
            return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
        if kind == "json":
            return json.loads(value) if isinstance(value, str) else value
    except (ValueError, KeyError):
        raise bad(f"can't parse {name}") from None
    if not isinstance(value, str):
        raise bad(f"EMULATOR: {name} should be a text")
    return value
