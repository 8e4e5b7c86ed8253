"""What one machine gives another to paste: where the flock is reached, and as whom. Pure."""

from __future__ import annotations

import base64
import binascii
import re

from pydantic import Field, ValidationError

from tasks.contracts.errors import BadInput
from tasks.contracts.messages import Value
from tasks.contracts.sections import Port

#: By which people, and what masks secrets, know an invitation.
MARK = "rookery1."
_DURATION = re.compile(r"(\d+)\s*([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST_S = 30 * 86_400
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")


class Invitation(Value):
    """An invitation. Whoever has it is let in until it is used, revoked or over."""

    machine: str
    secret: str = Field(repr=False)
    hosts: tuple[str, ...] = Field(strict=False)
    """Where the gate is reached, the likeliest first."""
    port: Port
    fingerprint: str = ""
    """Of the gate's certificate; empty: nothing is encrypted."""
    namespace: str


def write(invitation: Invitation) -> str:
    """Return the invitation as one word."""
    return MARK + base64.urlsafe_b64encode(invitation.model_dump_json().encode()).decode().rstrip("=")


def read(text: str) -> Invitation:
    """Return the invitation that somebody pasted.

    Raises:
        BadInput: it is none, or not all of it.
    """
    word = "".join(text.split()).removeprefix("rookeryjoin")  # the whole line, or one that a mail broke in two
    body = word.removeprefix(MARK) if word.startswith(MARK) else ""
    try:
        return Invitation.model_validate_json(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error, ValidationError) as exc:
        raise BadInput(
            "that is no invitation, or not all of it", next_step="paste the whole line that `rookery invite` printed"
        ) from exc


def seconds(text: str) -> int:
    """Return a duration such as `30m`, `1h` or `2d` in seconds.

    Raises:
        BadInput: it is none, or longer than a month.

    >>> seconds("90m")
    5400
    """
    found = _DURATION.fullmatch(text.strip())
    length_s = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < length_s <= LONGEST_S:
        raise BadInput(f"{text!r} is no duration", next_step="write it as 30m, 1h or 2d, at most 30d")
    return length_s


def checked_name(name: str) -> str:
    """Return the name of a machine. Raises BadInput where it cannot be one."""
    if not NAME.fullmatch(name):
        raise BadInput(f"{name!r} is no name for a machine", next_step="use a-z, 0-9 and -, such as studio or gpu-2")
    return name
