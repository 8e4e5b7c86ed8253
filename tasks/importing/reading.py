"""From a file of another program to the text of a `rookery.toml` that holds together."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.contracts.errors import ConfigurationError
from tasks.contracts.examples import write_new
from tasks.contracts.fleet import parse
from tasks.contracts.tomltext import written
from tasks.importing import cluster, llm
from tasks.importing.draft import Draft

MOST_BYTES = 4 << 20
JSON = ".json"
FOR_ALL = 0o644
READERS = ((cluster.KEYS, cluster.read), (llm.KEYS, llm.read))
KNOWN = tuple(key for keys, _ in READERS for key in keys)
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_LAST_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])')


@dataclass(frozen=True)
class Imported:
    """What became of a file."""

    text: str
    """A whole `rookery.toml`."""
    notes: tuple[str, ...]
    """What did not come over, or not as it was: one line each."""


def write(text: str, file: Path, *, force: bool) -> None:
    """Write a file at once; one that is there stays as it is, unless `force` says otherwise.

    Raises:
        ConfigurationError: there is one, or it cannot be written.
    """
    if not write_new(file, text, FOR_ALL, over=force):
        raise ConfigurationError(f"{file} is there already", next_step="write to another one, or over it with --force")


def read(file: Path) -> Imported:
    """Return what a file says in our words.

    Raises:
        ConfigurationError: it cannot be read, is of no shape that is known, or says what cannot be.
    """
    raw = _raw(file)
    draft = Draft()
    found = [reader for keys, reader in READERS if not raw.keys().isdisjoint(keys)]
    if not found:
        raise ConfigurationError(
            f"{file} has none of {', '.join(KNOWN)}, so nothing in it is known here",
            next_step="`rookery config init` writes a file to fill in by hand",
        )
    try:
        for reader in found:
            reader(raw, draft)
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise ConfigurationError(
            f"{file} is not of the shape that its keys promise: {type(exc).__name__}: {exc}",
            next_step="compare it with docs/howto/routing.md, or leave that part out",
        ) from exc
    if not draft.models:
        raise ConfigurationError(f"{file} names no model", next_step="name one for an entity or a server there")
    draft.left("", raw, KNOWN)
    text = "\n".join(_lines(draft, file.name)) + "\n"
    parse(tomllib.loads(text), f"what {file.name} becomes")
    return Imported(text, tuple(draft.notes))


def _raw(file: Path) -> Mapping[str, Any]:
    try:
        with file.open("rb") as opened:
            text = opened.read(MOST_BYTES).decode("utf-8-sig")
        raw = json.loads(_plain(text)) if file.suffix.lower() == JSON else _yaml(text)
    except OSError as exc:
        raise ConfigurationError(f"{file}: {exc.strerror}", next_step="give the path of the file to import") from exc
    except (ValueError, RecursionError) as exc:
        raise ConfigurationError(f"{file} cannot be read: {exc}", next_step="mend that place, then try again") from exc
    if not isinstance(raw, dict):
        raise ConfigurationError(f"{file} holds no table", next_step="give a JSON or YAML file with settings")
    return raw


def _plain(text: str) -> str:
    """Return JSON without the comments and last commas that people put into it."""
    return _LAST_COMMA.sub(lambda found: found[1] or "", _COMMENT.sub(lambda found: found[1] or "", text))


def _yaml(text: str) -> Any:
    import yaml  # noqa: PLC0415 -- only who imports a YAML file waits for it

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise ValueError(" ".join(str(exc).split())) from exc


def _lines(draft: Draft, name: str) -> Iterator[str]:
    """Yield the lines of the file: single keys first, then the lists."""
    yield f"# Made from {name} by `rookery config import`; `rookery config example` explains every key."
    for section, keys in draft.sections.items():
        lists = {key: value for key, value in keys.items() if isinstance(value, list)}
        yield from _table(f"[{section}]", {key: value for key, value in keys.items() if key not in lists})
        for key, entries in lists.items():
            for entry in entries:
                yield from _table(f"[[{section}.{key}]]", entry)
    lists_of_ours = (("model", [*draft.models.values()]), ("host", draft.hosts), ("persona", draft.personas))
    for head, ours in lists_of_ours:
        for entry in ours:
            yield from _table(f"[[{head}]]", entry)


def _table(head: str, keys: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n{head}"
    yield from (f"{key} = {written(value)}" for key, value in keys.items())
