"""What must not be kept of what people write: secrets, which drop a text, and numbers and addresses, which are masked.

A small table of typed rules, each with a shape of its own; what merely looks random is left alone, as commit hashes and
ids look so too. Nothing here is a promise that all is found. No shape looks further than a few hundred characters from
where it begins, so that a text takes time by its length and no more, whoever wrote it.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

from tasks.contracts.checkdigits import base58check, iban, luhn

MOST_CHARS = 200_000  # of a text that is looked through
MOST_PASSES = 8  # what is masked may lay bare what stands beside it; a text in which that never ends is not kept
RESTLESS = "no end of it"
DIGITS = "0123456789"
IT = "it"  # the group of a shape that is masked; without one, all of it is


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
    signs: tuple[str, ...] = ()
    """Texts that hold none of these, in small letters, are not looked through; empty: all are."""


@dataclass(frozen=True)
class Scrubbed:
    """What is left of a text."""

    text: str
    """Masked; empty where the text holds a secret."""
    found: Counter[str]
    """How often each rule found something, by its name."""
    dropped: bool = False


def scrub(text: str, rules: Sequence[Rule] = ()) -> Scrubbed:
    """Return a text as it may be kept, by the rules of this module or by others.

    What comes of it holds nothing that these rules would find.

    >>> scrub("write to ann@example.org").text, scrub("token ghp_" + "a1B2" * 9).dropped
    ('write to [email]', True)
    """
    rules = rules or RULES
    text = text[:MOST_CHARS]
    found: Counter[str] = Counter()
    for _ in range(MOST_PASSES):
        before = found.total()
        text = _masked(text, rules, found)
        if found.total() == before:
            return Scrubbed(text, found)
        if any(found[rule.name] for rule in rules if rule.sort is Sort.SECRET):
            return Scrubbed("", found, dropped=True)
    return Scrubbed("", found + Counter({RESTLESS: 1}), dropped=True)


def _masked(text: str, rules: Sequence[Rule], found: Counter[str]) -> str:
    """Return a text after each rule has had its turn once, and count what they find."""
    shown, small = plain(text), plain(text).lower()
    for rule in rules:
        if rule.signs and not any(sign in small for sign in rule.signs):
            continue
        spans = [
            match.span(IT if IT in rule.shape.groupindex else 0)
            for match in rule.shape.finditer(shown)
            if rule.holds(match[0])
        ]
        if spans:
            found[rule.name] += len(spans)
            text = _without(text, spans, f"[{rule.name}]")
            shown, small = plain(text), plain(text).lower()
    return text


def _without(text: str, spans: Sequence[tuple[int, int]], mask: str) -> str:
    ends = [0, *(end for _, end in spans)]
    kept = [text[end:start] for end, (start, _) in zip(ends, spans, strict=False)]
    return mask.join([*kept, text[ends[-1] :]])


def plain(text: str) -> str:
    """Return a text of the same length in which digits, dashes and spaces of all kinds are those of ASCII.

    >>> plain("０１２\u2011٣ 4")
    '012-3 4'
    """
    return text if text.isascii() else text.translate(_PLAIN)


_PLAIN = dict(
    chain(
        ((first + digit, str(digit)) for first in (0xFF10, 0x0660, 0x06F0, 0x0966) for digit in range(10)),
        ((code, "-") for code in (*range(0x2010, 0x2016), 0x2212, 0xFE63, 0xFF0D)),
        ((code, " ") for code in (0xA0, *range(0x2000, 0x200B), 0x202F, 0x3000)),
        zip(map(ord, "＠．：＋（）／＝"), "@.:+()/=", strict=True),
    )
)


def _is_address(text: str) -> bool:
    """Return whether this is the address of some machine, and not of every one, or of a server that all know."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if len(text) < 7:  # a slice of a list, in a program
        return False
    everybodys = address.is_loopback or address.is_unspecified or text.startswith("255.")
    return not (everybodys or text in ("1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9"))


_PROGRAM = re.compile(r"[A-Za-z_][\w.]{0,80}[(\[]|[$<{%\[(]|[a-z_]{1,40}(?:\.[a-z_]{1,40})+\W*$|[A-Z_]{1,80}\W*$")


def _is_telling(text: str) -> bool:
    """Return whether a password is told, and not only spoken of, asked for, or read from elsewhere by a program."""
    sign = re.search(r"[:=]", text)
    value = (text[sign.end() :] if sign else text.split()[-1]).strip(" \"'`,;")
    if _PROGRAM.match(value):
        return False
    telling = "!@#$%^&*+" + ("_-" if sign else "")
    return len(value) >= 6 and any(char.isdigit() or char in telling for char in value)


def _is_card(text: str) -> bool:
    """Return whether this is the number of a card: of a kind that is issued, its last digit right."""
    digits = "".join(char for char in text if char.isdecimal())
    return (digits[0] in "3456" or "22" <= digits[:2] <= "27") and luhn(digits)


def _is_mixed(text: str) -> bool:
    return any(char.isdigit() for char in text) and any(char.isalpha() for char in text)


def opening(
    name: str, shape: str, holds: Callable[[str], bool] = bool, flags: int = re.ASCII, signs: Sequence[str] = ()
) -> Rule:
    """Return a rule that drops a text. By default letters, digits and the ends of words are those of ASCII."""
    return Rule(name, Sort.SECRET, re.compile(shape, flags), holds, tuple(signs))


def personal(
    name: str, shape: str, holds: Callable[[str], bool] = bool, flags: int = re.ASCII, signs: Sequence[str] = ()
) -> Rule:
    """Return a rule that masks what it finds, or only its group `it`."""
    return Rule(name, Sort.PERSONAL, re.compile(shape, flags), holds, tuple(signs))


_OF = r"for|of|to|on|del?|du|da|do|di|vo[nm]|für|zum|van|voor|na"
_OPENER = (
    r"password|passphrase|passwd|pwd|pw|mdp|passwort|kennwort|mot de passe|contrase[ñn]a|senha|has[łl]o|wachtwoord"
    r"|lösenord|парол[ья]|şifre(?:m|si)?|api[_ -]?key|secret(?:[_ -]?key)?|access[_ -]?token|auth[_ -]?token"
)
_OPENS = (
    *("pass", "pw", "mdp", "kennwort", "contrase", "senha", "has", "wachtwoord", "lösenord", "парол", "şifre"),
    *("key", "secret", "token"),
)
_IS = r"is|ist|lautet|est|es|è|é|jest|to|это|är"

RULES: tuple[Rule, ...] = (
    opening("private key", r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----"),
    opening("AWS key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    opening("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b"),
    opening("GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    opening("Slack token", r"\bxox[abposr]-[A-Za-z0-9-]{10,}"),
    opening("API key", r"\b(?:sk|pk|rk)[-_](?:live[-_]|test[-_]|proj[-_]|ant[-_])?[A-Za-z0-9_-]{20,}", _is_mixed),
    opening("Google key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    opening("Hugging Face token", r"\bhf_[A-Za-z0-9]{30,40}\b"),
    opening("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    opening("Azure key", r"\bAccountKey=[A-Za-z0-9+/]{86}=="),
    opening("Telegram token", r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b"),
    opening("Discord token", r"\b[MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6,7}\.[A-Za-z\d_-]{27,40}\b"),
    opening("JSON web token", r"\beyJ[A-Za-z0-9_-]{8,1000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,}"),
    opening("webhook", r"\bhooks\.slack\.com/services/[A-Za-z0-9_/]{20,100}"),
    opening("webhook", r"\bdiscord(?:app)?\.com/api/webhooks/\d{15,20}/[A-Za-z0-9_-]{50,100}"),
    opening("bearer token", r"\b[Bb]earer {1,3}[A-Za-z0-9._~+/-]{20,400}", _is_mixed),
    opening("password in an address", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/@]{1,100}@[^\s]{1,200}"),
    opening(
        "password",
        rf"(?i)(?<![^\W_])(?:{_OPENER})\b(?:\s(?:{_OF})(?:\s\w{{1,12}}){{1,2}})?['\"]?\s{{0,3}}(?:[:=]|\b(?:{_IS})\b)\s{{0,3}}\S{{6,200}}",
        _is_telling,
        0,
        _OPENS,
    ),
    opening("password", r"(?:密[码碼]|パスワード|비밀번호)\s?(?:[是为為は는은]|[:=])\s?[!-~]{6,64}", _is_mixed, 0),
    opening(
        "PIN", rf"(?i)\bpin(?:[- ]?(?:code|number|nummer))?\s{{0,3}}(?:[:=]|\b(?:{_IS})\b)\s{{0,3}}\d{{4,8}}\b", flags=0
    ),
    opening(
        "seed phrase",
        r"(?i)\b(?:seed|recovery|mnemonic) (?:phrase|words?)\W{1,3}(?:is\W{1,3})?"
        r"(?:[a-z]{3,8}[ ,]{1,2}){11}[a-z]{3,8}\b",
    ),
    personal(
        "email",
        r"(?<![A-Za-z0-9])[A-Za-z0-9À-ɏ._%+-]{1,64}@(?:[A-Za-z0-9À-ɏ-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
        signs="@",
    ),
    personal("account", r"\b[A-Z]{2} ?\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b", iban),
    personal("account", r"\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b", iban),
    personal("card", r"(?<![\d.@#&!])(?:\d{4}[ .-]?){3}\d{4}(?!\d)", _is_card, signs=DIGITS),
    personal("card", r"(?<![\w@#&!])\d(?:[ -]?\d){12,18}\b", _is_card, signs=DIGITS),
    personal("social security number", r"\b(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}\b", signs=DIGITS),
    personal("phone", r"(?<![\w.])\+\d{1,3}(?:[ ./-]?\(?\d{1,4}\)?){2,6}(?![\w])", signs="+"),
    personal("phone", r"(?<![\w.-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])", signs=DIGITS),
    personal("address", r"(?<![\w.])(?<!ersion )(?:\d{1,3}\.){3}\d{1,3}(?!\.?\w)", _is_address, signs="."),
    personal(
        "address", r"(?<![\w:.])[0-9A-Fa-f:]{0,35}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{1,4}(?![\w:])", _is_address, signs=":"
    ),
    personal("device", r"(?<![\w:-])[0-9A-Fa-f]{2}(?P<by>[:-])(?:[0-9A-Fa-f]{2}(?P=by)){4}[0-9A-Fa-f]{2}(?![\w:-])"),
    personal("device", r"(?<![\w.])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w.])", _is_mixed),
    personal("wallet", r"\b[13LMDT][1-9A-HJ-NP-Za-km-z]{25,34}\b", base58check),
    personal("wallet", r"\b(?:bc|ltc|tb)1[ac-hj-np-z02-9]{25,71}\b"),
    personal("wallet", r"\b0x[0-9A-Fa-f]{40}\b"),
)
