"""What must not be kept of what people write: secrets, which drop a text, and numbers and addresses, which are masked.

A small table of typed rules, each with a shape of its own; what merely looks random is left alone, as commit hashes and
ids look so too. Nothing here is a promise that all is found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

MOST_CHARS = 200_000  # of a text that is looked through


class Sort(StrEnum):
    """What a rule finds."""

    SECRET = "secret"  # noqa: S105 (what sort it is, not one)
    """Opens something. A text with one in it is not kept."""
    PERSONAL = "personal"
    """Tells who or where somebody is. It is masked."""


@dataclass(frozen=True)
class Rule:
    """One shape of what must not be kept."""

    name: str
    sort: Sort
    shape: re.Pattern[str]
    holds: Callable[[str], bool] = field(default=bool, repr=False)
    """Whether what has the shape is really one."""


@dataclass(frozen=True)
class Scrubbed:
    """What is left of a text."""

    text: str
    """Masked; empty where the text holds a secret."""
    found: Counter[str]
    """How often each rule found something, by its name."""
    dropped: bool = False


def scrub(text: str) -> Scrubbed:
    """Return a text as it may be kept.

    >>> scrub("write to ann@example.org").text, scrub("token ghp_" + "a1B2" * 9).dropped
    ('write to [email]', True)
    """
    text = text[:MOST_CHARS]
    found: Counter[str] = Counter()
    for rule in RULES:
        text = _masked(text, rule, found)
    secret = any(found[rule.name] for rule in RULES if rule.sort is Sort.SECRET)
    return Scrubbed("" if secret else text, found, secret)


def _masked(text: str, rule: Rule, found: Counter[str]) -> str:
    def mask(match: re.Match[str]) -> str:
        if not rule.holds(match[0]):
            return match[0]
        found[rule.name] += 1
        return f"[{rule.name}]"

    return rule.shape.sub(mask, text)


def luhn(number: str) -> bool:
    """Return whether the last digit of a card's number is the right one (ISO/IEC 7812).

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(char) for char in number if char.isdecimal()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def iban(number: str) -> bool:
    """Return whether the check digits of an account's number are right (ISO 13616).

    >>> iban("DE89 3704 0044 0532 0130 00"), iban("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    plain = re.sub(r"\s", "", number).upper()
    turned = "".join(str(int(char, 36)) for char in plain[4:] + plain[:4])
    return 15 <= len(plain) <= 34 and int(turned) % 97 == 1


def _is_address(text: str) -> bool:
    return all(int(part) < 256 for part in text.split("."))


def _is_telling(text: str) -> bool:
    """Return whether a password is told, and not only spoken of."""
    value = re.split(r"[:=]|\bis\b", text, maxsplit=1)[-1].strip(" \"'`")
    return len(value) >= 6 and (any(char.isdigit() for char in value) or any(char in "!@#$%^&*_-+" for char in value))


def _secret(name: str, shape: str, holds: Callable[[str], bool] = bool) -> Rule:
    return Rule(name, Sort.SECRET, re.compile(shape), holds)


def _personal(name: str, shape: str, holds: Callable[[str], bool] = bool) -> Rule:
    return Rule(name, Sort.PERSONAL, re.compile(shape), holds)


RULES: tuple[Rule, ...] = (
    _secret("private key", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    _secret("AWS key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    _secret("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b"),
    _secret("GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    _secret("Slack token", r"\bxox[abposr]-[A-Za-z0-9-]{10,}"),
    _secret("API key", r"\b(?:sk|pk|rk)[-_](?:live[-_]|test[-_]|proj[-_]|ant[-_])?[A-Za-z0-9_-]{20,}"),
    _secret("Google key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    _secret("Telegram token", r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b"),
    _secret("Discord token", r"\b[MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6,7}\.[A-Za-z\d_-]{27,40}\b"),
    _secret("JSON web token", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    _secret("password in an address", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/@]{1,100}@[^\s]{1,200}"),
    _secret(
        "password",
        r"(?i)\b(?:password|passwort|passwd|pwd|api[_ -]?key|secret|access[_ -]?token)\b"
        r"\s{0,3}(?:[:=]|\bis\b)\s{0,3}\S{6,200}",
        _is_telling,
    ),
    _personal("email", r"\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b"),
    _personal("account", r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", iban),
    _personal("card", r"\b\d(?:[ -]?\d){12,18}\b", luhn),
    _personal("social security number", r"\b(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}\b"),
    _personal("phone", r"(?<![\w.])\+\d{1,3}(?:[ ./-]?\(?\d{1,4}\)?){2,6}(?![\w])"),
    _personal("phone", r"(?<![\w.-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"),
    _personal("address", r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])", _is_address),
)
