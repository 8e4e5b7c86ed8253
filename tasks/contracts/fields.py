"""The kinds of single values that several tables of `rookery.toml` share."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from tasks.contracts.masking import MASK, is_secret_name
from tasks.contracts.messages import MAX_ID_CHARS
from tasks.contracts.problems import Contradiction, Problem

MAX_BOT_NAME_CHARS = 64
ID = re.compile(r"-?[0-9]{1,20}")
_BOT = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{MAX_BOT_NAME_CHARS - 1}}}")
_CALLED = ("http", "https")
_SOCKET = ("ws", "wss")


def _name(text: str) -> str:
    """Refuse what would break the lines and lists that names are written in."""
    if text != text.strip() or any(char in "|," or not char.isprintable() for char in text):
        raise ValueError("wanted a name without commas, bars, line breaks or blanks around it")
    return text


def _bot(text: str) -> str:
    if not _BOT.fullmatch(text):
        raise ValueError(f"wanted 1 to {MAX_BOT_NAME_CHARS} letters, digits, dots, dashes or underscores")
    return text


def _digits(given: Any) -> Any:
    """Return a number as the text that it stands for: platforms show ids as numbers, and so people copy them."""
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


def _id(text: str) -> str:
    if not ID.fullmatch(text):
        raise ValueError("wanted the number that the platform knows it by, not a name: names can be taken by others")
    return text


def _address(text: str, schemes: tuple[str, ...]) -> str:
    """Refuse what is no address, and one that holds a secret, which is then not shown."""
    try:
        address = urlsplit(text)
        sound = address.scheme in schemes and bool(address.hostname) and address.port != 0
    except ValueError:  # a port that is none, a bracket that does not close
        raise ValueError(f"wanted an address such as {schemes[-1]}://example.org") from None
    if "@" in address.netloc or any(is_secret_name(name) or name == "key" for name, _ in parse_qsl(address.query)):
        raise Contradiction([Problem((), "wanted an address without a secret in it; keys have variables", MASK)])
    if not sound:
        raise ValueError(f"wanted an address such as {schemes[-1]}://example.org")
    return text


T = TypeVar("T")
Listed = Annotated[tuple[T, ...], Field(strict=False)]  # TOML knows lists only
Name = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS), AfterValidator(_name)]
Bot = Annotated[str, AfterValidator(_bot)]
"""The name of a bot: its outbox and its offices carry it."""
Id = Annotated[str, BeforeValidator(_digits), AfterValidator(_id)]
"""A number that a platform gave: of a person, role, channel, chat or guild."""
WebAddress = Annotated[str, AfterValidator(lambda text: text and _address(text, _CALLED))]
"""http or https, without a login in it; or empty."""
SocketAddress = Annotated[str, AfterValidator(lambda text: text and _address(text, _SOCKET))]
"""ws or wss; or empty."""
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Chance = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
