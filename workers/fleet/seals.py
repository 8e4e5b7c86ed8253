"""What shows a machine that a fleet file is its owner's: where that is published, every machine may write. Pure.

A seal is made with what the owner and one machine alone know: the hash of the machine's password, which Redis shows to
nobody but the owner. The serial number in it grows with each change, also over a Redis that forgot everything, so that
what was sealed long ago cannot be brought back.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256


def sealed(text: str, serial: int, passwords: Mapping[str, str]) -> str:
    """Return the seals of a fleet file for machines, given the hash of each one's password."""
    seals = {machine: _seal(text, serial, machine, known) for machine, known in sorted(passwords.items())}
    return json.dumps({"serial": serial, "seals": seals})


def serial_of(text: str, seals: str, machine: str, password: str) -> int | None:
    """Return the serial number of a fleet file that its owner sealed for this machine, None where that is not so.

    `password` is the hash of the machine's own. Whatever `seals` holds, it comes from somewhere else.
    """
    try:
        said = json.loads(seals)
        serial, seal = int(said["serial"]), str(said["seals"][machine])
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return None
    expected = _seal(text, serial, machine, password)
    return serial if hmac.compare_digest(seal.encode("utf-8", "replace"), expected.encode()) else None


def _seal(text: str, serial: int, machine: str, password: str) -> str:
    sealed_text = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return hmac.new(password.encode(), f"fleet file\n{machine}\n{serial}\n{sealed_text}".encode(), sha256).hexdigest()
