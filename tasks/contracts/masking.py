"""What must never be read in a log or an error: secrets, by the shapes that they come in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

MASK = "***"
MIN_KNOWN_CHARS = 6  # a shorter secret stands by chance in words that people need to read

# Greedy where a secret may itself hold the character that ends it: rather too much is hidden than too little.
_SECRETS = (
    re.compile(r"(?P<keep>://[^\s:/@]*:)\S{1,500}(?=@)"),  # scheme://user:password@host
    re.compile(r"(?P<keep>\b(?:bot)?\d{5,}:)[A-Za-z0-9_-]{20,}", re.IGNORECASE),  # Telegram
    re.compile(r"(?P<keep>\bbot\d+:)[^\s/\"']+", re.IGNORECASE),  # Telegram, in the path of its API
    re.compile(r"(?P<keep>\b)[MNO][A-Za-z0-9_-]{22,}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),  # Discord
    re.compile(r"(?P<keep>\bsk-)[A-Za-z0-9_-]{4,}"),  # OpenAI and those who took after it
    re.compile(r"(?P<keep>\brk_)[A-Za-z0-9]{16,}"),  # a key of our HTTP API
    re.compile(r"(?P<keep>\brookery1\.)[A-Za-z0-9_-]{8,}"),  # an invitation of ours
    re.compile(r"(?P<keep>\bBearer\s+)[^\s\"',]{8,}", re.IGNORECASE),
    re.compile(  # password=…, "bot_token": "…"
        r"(?P<keep>(?<![a-z])(?:password|passwd|secret|token|api_?key)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,)}]+",
        re.IGNORECASE,
    ),
)
_SECRET_NAME = re.compile(r"(^|[_-])(password|passwd|secret|token|api_?key|authorization|cookie)$", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Return whether what goes by this name is secret whatever it looks like.

    >>> [is_secret_name(name) for name in ("bot_token", "prompt_tokens")]
    [True, False]
    """
    return bool(_SECRET_NAME.search(name))


def mask(text: str) -> str:
    """Return `text` with every secret in it replaced by `***`.

    >>> mask("cannot reach redis://rookery:hunter2@10.0.0.5:6379/0")
    'cannot reach redis://rookery:***@10.0.0.5:6379/0'
    """
    for secret in _SECRETS:
        text = secret.sub(rf"\g<keep>{MASK}", text)
    return text


def mask_known(text: str, secrets: Iterable[str]) -> str:
    """Return `text` without the secrets that are known by value: plain, as Python's `repr` or as JSON has them.

    >>> mask_known("auth failed for correct-horse", ["correct-horse"])
    'auth failed for ***'
    """
    forms = {form for secret in secrets if len(secret) >= MIN_KNOWN_CHARS for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def _forms(secret: str) -> Iterator[str]:
    for plain in (secret, repr(secret)[1:-1]):
        yield plain
        yield json.dumps(plain)[1:-1]
