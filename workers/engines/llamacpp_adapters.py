"""The adapters of one llama.cpp, by their names: which numbers they have there, and what a request says of them. Pure.

llama.cpp numbers the files that it was started with, and takes a number that it does not have without a word. So a
request gives each of them a scale, all but one of them 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any


def numbers(listed: object) -> dict[str, int]:
    """Return the number of each adapter, of what `/lora-adapters` lists; one that bears no name is called as its file.

    >>> numbers([{"id": 0, "path": "/a/b.gguf", "task_name": ""}, {"id": 1, "path": "/a/c.gguf", "task_name": "c@1"}])
    {'b': 0, 'c@1': 1}
    """
    entries = listed if isinstance(listed, list) else []
    known = [entry for entry in entries if isinstance(entry, Mapping) and isinstance(entry.get("id"), int)]
    return {str(entry.get("task_name") or PurePath(str(entry.get("path", ""))).stem): entry["id"] for entry in known}


def scales(ids: Mapping[str, int], adapter: str) -> list[dict[str, Any]]:
    """Return what a request says: one adapter as it is, the others not at all.

    >>> scales({"a": 0, "b": 1}, "b")
    [{'id': 0, 'scale': 0.0}, {'id': 1, 'scale': 1.0}]
    """
    return [{"id": number, "scale": float(name == adapter)} for name, number in ids.items()]
