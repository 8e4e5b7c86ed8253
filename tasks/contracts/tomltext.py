"""Writes values as TOML has them; the standard library only reads it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_DELETE = "\x7f"  # JSON leaves it as it is, TOML forbids it


def written(value: Any) -> str:
    """Return `value` as it stands behind `key = ` in a TOML file, on one line.

    >>> written({"openai": "llama", "n": [1, True]})
    '{ "openai" = "llama", "n" = [1, true] }'
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace(_DELETE, "\\u007f")
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{written(str(key))} = {written(inner)}" for key, inner in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value)
