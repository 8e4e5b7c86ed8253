"""The prompts that the demo model is judged by, from `dev.toml` and `held_out.toml`: no dialogue holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from workers.demo.phrases import table

#: Looked at while phrases are written, so how well a model does on it flatters the model.
DEV = "dev"
#: Looked at for the last figure only.
HELD_OUT = "held_out"


@dataclass(frozen=True, slots=True)
class Rules:
    """What an answer must hold (one of `any_of`, unless it is empty) and must not (`none_of`), whatever the case."""

    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    #: Digits are made-up facts in most answers.
    no_digits: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """What somebody says, after what, what kind of thing it is, and what makes an answer acceptable."""

    kind: str
    says: str
    rules: Rules
    #: What the same person said before, oldest first.
    before: tuple[str, ...] = ()


@cache
def prompts(part: str) -> tuple[Prompt, ...]:
    """Return the prompts of one file."""
    rules = table("rules.toml")
    return tuple(
        _prompt(kind, entry, rules[kind]) for kind, entries in table(f"{part}.toml").items() for entry in entries
    )


def _prompt(kind: str, entry: str | Mapping[str, Any], rules: Mapping[str, Any]) -> Prompt:
    own: Mapping[str, Any] = {"says": entry} if isinstance(entry, str) else entry
    both = {**rules, **own}
    held = Rules(tuple(both.get("any", ())), tuple(both.get("none", ())), both.get("no_digits", False))
    return Prompt(kind, both["says"], held, tuple(both.get("before", ())))
