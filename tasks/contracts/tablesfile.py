"""A file of settings as tables: TOML, or JSON with the same keys; else what kept it from being read, in one line."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from tasks.contracts.masking import mask

JSON = ".json"
_END_OF_DOCUMENT = "(at end of document)"
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


def read(file: Path, most_bytes: int = 0) -> tuple[dict[str, Any], list[str]]:
    """Return what the file holds, and what kept it from being read; `most_bytes` bounds its size, 0 does not."""
    try:
        with file.open("rb") as opened:
            content = opened.read(most_bytes + 1 if most_bytes else -1)
        text = content.decode("utf-8-sig")  # some editors put a mark in front
    except UnicodeDecodeError as exc:
        return {}, [f"{file}: byte {exc.start} is not UTF-8; save the file as UTF-8"]
    except (OSError, ValueError) as exc:
        return {}, [f"{file}: cannot be read: {exc.strerror if isinstance(exc, OSError) else exc}"]
    if most_bytes and len(content) > most_bytes:
        return {}, [f"{file}: wanted a file of at most {most_bytes} bytes"]
    return _parsed(file, text)


def _parsed(file: Path, text: str) -> tuple[dict[str, Any], list[str]]:
    try:
        tables = json.loads(text) if file.suffix == JSON else tomllib.loads(text)
    except json.JSONDecodeError as exc:
        return {}, [f"{file}: line {exc.lineno}, column {exc.colno}: {exc.msg}"]
    except (ValueError, RecursionError) as exc:
        return {}, [f"{file}: {_syntax(str(exc), text)}"]
    return (tables, []) if isinstance(tables, dict) else ({}, [f"{file}: wanted an object in {{ }}"])


def _syntax(said: str, text: str) -> str:
    """Return what the parser said, with the line and column in front."""
    if found := _PLACE.search(said):
        line, column = found.groups()
        return f"line {line}, column {column}: {mask(_PLACE.sub('', said).strip())}"
    if _END_OF_DOCUMENT in said:
        lines = text.splitlines() or [""]
        return f"line {len(lines)}, column {len(lines[-1]) + 1}: {said.replace(_END_OF_DOCUMENT, '').strip()}"
    return f"is no TOML: {mask(said)}"
