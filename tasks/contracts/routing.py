"""Which model answers, where a persona leaves that open: the rules of the file, else what the message is like. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tasks.contracts.fields import Listed, Name
from tasks.contracts.messages import Value
from tasks.contracts.patterns import Pattern, found
from tasks.contracts.personas import AUTO, Persona

SHORT_CHARS = 100  # a message of fewer goes to the fast model
LOOKED_AT_CHARS = 4_000  # of a message; what it is about shows in its beginning
MOST_RULES = 200
ABOUT_CODE = "about code"
SHORT = "short"
PRIMARY = "primary"

_CODE = re.compile(
    r"```|\b(?:"
    r"code|coding|codebase|source code|pseudocode|functions?|implement(?:s|ed|ing|ation)?|debug(?:s|ged|ger|ging)?"
    r"|refactor(?:s|ed|ing)?|algorithms?|compilers?|compile errors?|regex(?:es)?|regular expressions?|unit tests?"
    r"|stack ?traces?|traceback|segfaults?|syntax error|null pointer|bash script|shell script|sql query"
    r"|python|javascript|typescript|golang|c\+\+|c#|html|css|json|yaml"
    r")(?!\w)"
    r"|\bdef \w+ ?\(|\bfn \w+ ?[(<]|\bclass \w+ ?[:({]|\b(?:public|private|static) (?:class|void)\b|#include\b",
    re.IGNORECASE,
)
# Everyday phrases that hold one of these words and are about no program.
_EVERYDAY = re.compile(
    r"\b(?:zip|post|postal|area|country|dialling|door|gate|dress|bar|qr|discount|voucher|promo|coupon|access|penal"
    r"|criminal|civil|building|tax|morse|genetic|honou?r|cheat)[ -]?codes?\b"
    r"|\bcodes? of (?:conduct|honou?r|practice|silence)\b|\bfunctions? of (?:the|a|an|my|our)\b",
    re.IGNORECASE,
)


class Rule(Value):
    """A message in which `pattern` is found goes to `model`."""

    pattern: Pattern
    model: Name

    def fits(self, text: str) -> bool:
        """Return whether the pattern is found anywhere in a text."""
        return found(self.pattern, text)


class Routing(Value):
    """Which models answer for personas that name none. Empty: such messages go on to the next in line."""

    primary: str = ""
    code: str = ""
    fast: str = ""
    rules: Annotated[Listed[Rule], Field(max_length=MOST_RULES)] = ()

    def named(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield every model that is named here, after where it is."""
        yield from (((key,), name) for key in (PRIMARY, "code", "fast") if (name := getattr(self, key)))
        yield from ((("rules", at, "model"), rule.model) for at, rule in enumerate(self.rules))

    def models(self) -> tuple[str, ...]:
        """Return every model that is named here once."""
        return tuple(dict.fromkeys(name for _, name in self.named()))


@dataclass(frozen=True)
class Route:
    """The model that was chosen."""

    model: str
    why: str
    """What chose it: `routing.rules[0]`, `about code`, `short`, `primary`; empty: the persona names it itself."""


def route(text: str, persona: Persona, routing: Routing) -> Route:
    """Return which model answers `text` for a persona: its own, else the first of these that says one."""
    if persona.model != AUTO:
        return Route(persona.model, "")
    seen = text.strip()
    for at, rule in enumerate(routing.rules):
        if rule.fits(seen[:LOOKED_AT_CHARS]):
            return Route(rule.model, f"routing.rules[{at}]")
    if routing.code and is_about_code(seen):
        return Route(routing.code, ABOUT_CODE)
    if routing.fast and len(seen) < SHORT_CHARS:
        return Route(routing.fast, SHORT)
    return Route(routing.primary, PRIMARY)


def is_about_code(text: str) -> bool:
    """Return whether a text talks of programs, as far as whole words show it.

    >>> is_about_code("Write a sorting function"), is_about_code("what is the postcode of Leeds")
    (True, False)
    """
    return bool(_CODE.search(_EVERYDAY.sub("", text[:LOOKED_AT_CHARS])))
