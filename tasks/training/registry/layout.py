"""Where in a registry everything is. Pure.

<persona>/versions/<version>/    an adapter as PEFT writes it, with its manifest and card
<persona>/served.json            what is served, for whoever looks from outside
<persona>/changes/<serial>.json  each change of that, and why: of two at once, who writes the file has made it
<persona>/events/<ms>-<id>.json  what else happened
<persona>/flags/<version>.json   that it has learned of what was forgotten
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, unquote

from tasks.contracts.canary import BASE, VERSION
from tasks.contracts.errors import UnknownThing

MOST_CHARS = 180  # file systems take 255
CUT = "+"  # stands in no name that is quoted
_VERSION = re.compile(VERSION)


def home(persona: str) -> str:
    """Return the folder of a persona, whatever it is called.

    >>> home("rook"), home("../x"), home("..")
    ('rook', '%2E.%2Fx', '%2E.')
    """
    name = quote(persona, safe=" ")
    if len(name) > MOST_CHARS:
        name = f"{name[:MOST_CHARS]}{CUT}{hashlib.sha256(persona.encode()).hexdigest()[:16]}"
    return f"%2E{name[1:]}" if name.startswith(".") else name  # nothing that is hidden, and no way up


def persona_of(folder: str) -> str:
    """Return whose folder it is; empty where the name was too long for one, and the manifests know."""
    return "" if CUT in folder else unquote(folder)


def versions(persona: str) -> str:
    """Return where the versions of a persona are."""
    return f"{home(persona)}/versions"


def version(persona: str, name: str) -> str:
    """Return the folder of a version.

    Raises:
        UnknownThing: no version is called so, and so no path is made of it.
    """
    if not is_version(name):
        raise _no_version(name)
    return f"{versions(persona)}/{name}"


def named(name: str) -> str:
    """Return the name of a version, or the empty one of the base. Raises UnknownThing: no version is called so."""
    if name != BASE and not is_version(name):
        raise _no_version(name)
    return name


def is_version(name: str) -> bool:
    """Return whether a version may be called so."""
    return _VERSION.fullmatch(name) is not None


def served(persona: str) -> str:
    """Return the file that says what is served."""
    return f"{home(persona)}/served.json"


def change(persona: str, serial: int) -> str:
    """Return the file of one change of that."""
    return f"{changes(persona)}/{serial:08d}.json"


def changes(persona: str) -> str:
    """Return where these are."""
    return f"{home(persona)}/changes"


def events(persona: str) -> str:
    """Return where the other events are."""
    return f"{home(persona)}/events"


def flags(persona: str) -> str:
    """Return where versions are flagged."""
    return f"{home(persona)}/flags"


def _no_version(name: str) -> UnknownThing:
    return UnknownThing(
        f"{name!r} is no version of an adapter", next_step="`rookery train list` names them; 20261122-ab12cd34, say"
    )
