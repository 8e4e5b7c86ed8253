"""What is to be kept, without what must not be: secrets are refused, numbers and addresses of people masked. Pure."""

from __future__ import annotations

from typing import Any

from tasks.contracts.errors import BadInput
from tasks.contracts.scrubbing import scrub


def clean(text: str) -> str:
    """Return a text as it may be kept. Raises BadInput: it holds a secret.

    >>> clean("write to ann@example.org")
    'write to [email]'
    """
    scrubbed = scrub(text)
    if scrubbed.dropped:
        raise BadInput("what holds a secret is not remembered", next_step="keep it without the password, key or token")
    return scrubbed.text


def all_clean(value: Any) -> Any:
    """Return a value of JSON with every text in it as it may be kept. Raises BadInput: one holds a secret.

    >>> all_clean({"by": ["ann@example.org", 7]})
    {'by': ['[email]', 7]}
    """
    match value:
        case str():
            return clean(value)
        case dict():
            return {clean(str(name)): all_clean(inner) for name, inner in value.items()}
        case list() | tuple():
            return [all_clean(inner) for inner in value]
    return value
