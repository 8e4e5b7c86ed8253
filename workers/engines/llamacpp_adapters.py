"""The adapters of one llama.cpp, by their names: how their files are called, and what a request says of them. Pure.

llama.cpp numbers the files that it was started with, and takes a number that it does not have without a word. So a
request gives each of them a scale, all but one of them 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote, unquote

SUFFIX = ".gguf"
MARK = "@"  # between a persona and a version


def file_name(adapter: str) -> str:
    """Return what the file of an adapter is called.

    >>> file_name("sea wolf@20261122-ab12cd34")
    'sea%20wolf@20261122-ab12cd34.gguf'
    """
    return quote(adapter, safe=MARK) + SUFFIX


def name_of(path: Path | str) -> str:
    """Return the adapter that is in a file.

    >>> name_of("/data/hosts/home/adapters/sea%20wolf@20261122-ab12cd34.gguf")
    'sea wolf@20261122-ab12cd34'
    """
    return unquote(PurePath(path).name.removesuffix(SUFFIX))


def numbers(listed: object) -> dict[str, int]:
    """Return the number of each adapter, of what `/lora-adapters` lists."""
    entries = listed if isinstance(listed, list) else []
    known = [entry for entry in entries if isinstance(entry, Mapping) and isinstance(entry.get("id"), int)]
    return {name_of(str(entry.get("path", ""))): entry["id"] for entry in known}


def scales(ids: Mapping[str, int], adapter: str) -> list[dict[str, Any]]:
    """Return what a request says: one adapter as it is, the others not at all.

    >>> scales({"a": 0, "b": 1}, "b")
    [{'id': 0, 'scale': 0.0}, {'id': 1, 'scale': 1.0}]
    """
    return [{"id": number, "scale": float(name == adapter)} for name, number in ids.items()]
