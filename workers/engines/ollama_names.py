"""What a model is called at Ollama, and what an adapter on it is: there, that is a model of its own. Pure."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, unquote

from tasks.contracts.canary import VERSION

DEFAULT_TAG = ":latest"
MOST_CHARS = 80  # of the part of a name that Ollama takes
MOST_CHARS_OF_A_BASE = 32
DIGEST_CHARS = 8
_VERSION = VERSION.strip("^$")
_STRANGE = re.compile(r"[^A-Za-z0-9_.]+")


def with_tag(name: str) -> str:
    """Return the whole name: `llama3.2` is short for `llama3.2:latest`."""
    return name if ":" in name.rpartition("/")[2] else name + DEFAULT_TAG


def made_of(base: str, adapter: str) -> str:
    """Return what an adapter on the model `base` is called; empty: no name of Ollama's can say which it is.

    >>> made_of("llama3.2:3b", "pirate@20261122-ab12cd34")
    'llama3.2-3b-pirate-20261122-ab12cd34'
    """
    persona, _, version = adapter.rpartition("@")
    # A hyphen is quoted as well: it stands between the parts.
    who = quote(persona, safe="").replace(".", "%2E").replace("-", "%2D").replace("~", "%7E").replace("%", ".")
    name = f"{_short(base)}-{who}-{version}"
    return name if who and re.fullmatch(_VERSION, version) and len(name) <= MOST_CHARS else ""


def adapter_of(base: str, name: str) -> str:
    """Return which adapter on `base` is called so; empty: none.

    >>> adapter_of("llama3.2:3b", "llama3.2-3b-pirate-20261122-ab12cd34:latest")
    'pirate@20261122-ab12cd34'
    """
    short = name.removesuffix(DEFAULT_TAG)
    found = re.fullmatch(rf"{re.escape(_short(base))}-([\w.]+)-({_VERSION})", short, re.ASCII)
    adapter = f"{unquote(found[1].replace('.', '%'))}@{found[2]}" if found else ""
    return adapter if adapter and made_of(base, adapter) == short else ""


def _short(base: str) -> str:
    tidy = _STRANGE.sub("-", base.removesuffix(DEFAULT_TAG)).strip("-.")
    if len(tidy) <= MOST_CHARS_OF_A_BASE:
        return tidy
    digest = hashlib.sha256(base.encode()).hexdigest()[:DIGEST_CHARS]
    return f"{tidy[: MOST_CHARS_OF_A_BASE - DIGEST_CHARS - 1]}-{digest}"
