"""The settings that hold, each with where it came from, for a person or a program to read. Secrets are masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from tasks.contracts.environment import KEYS, SECRETS
from tasks.contracts.masking import MASK, is_secret_name, mask
from tasks.contracts.messages import Value
from tasks.contracts.problems import Loc, path_of
from tasks.contracts.secret import FILE_SUFFIX
from tasks.contracts.settings import DEFAULTS, Settings

FOLDERS, FILES = "data", "words"  # the tables whose values are paths


@dataclass(frozen=True)
class Effective:
    """One setting that holds."""

    loc: Loc
    value: Any
    origin: str
    """A variable, a file, or `default`."""

    @property
    def table(self) -> str:
        """The heading that it stands under in a file."""
        keys = ".".join(part for part in self.loc[:-1] if isinstance(part, str))
        return f"[[{keys}]]" if isinstance(self.loc[-2], int) else f"[{keys}]"

    @property
    def key(self) -> str:
        """What stands before its `=`."""
        return str(self.loc[-1])

    @property
    def path(self) -> str:
        """What programs call it by, as in `jobs.lease_s` and `model[0].slots`."""
        return path_of(self.loc, {})


def effective(settings: Settings, files: frozenset[str] = frozenset()) -> Iterator[Effective]:
    """Yield every setting in the order of the schema; `files` are the secrets that a file held.

    Folders and files are told as the absolute paths that they are.
    """
    for loc, value in _leaves(settings.fleet):
        origin = settings.origins.origin(loc)
        if origin in files:
            origin += FILE_SUFFIX
        yield Effective(loc, _masked(str(loc[-1]), _resolved(settings, str(loc[0]), value)), origin)


def as_data(settings: Settings, rows: Iterable[Effective]) -> dict[str, Any]:
    """Return all of it for programs."""
    return {
        "source": settings.source,
        "environment": settings.environment,
        "dry_run": settings.dry_run,
        "debug_prompts": settings.debug_prompts,
        **{name.lower(): MASK if value else "" for name, value in _keys(settings)},
        "settings": {row.path: {"value": row.value, "origin": row.origin} for row in rows},
    }


def switches(settings: Settings) -> Iterator[str]:
    """Yield what variables say that stands for no key of the file."""
    if settings.dry_run:
        yield "DRY_RUN: nothing is posted to any chat"
    if settings.debug_prompts:
        yield f"DEBUG_PROMPTS: every prompt is written down in {settings.debug_dir}"
    yield from (f"{name}: {MASK}" for name, value in _keys(settings) if value)


def source(settings: Settings) -> str:
    """Return the file that settings come from, or that there is none."""
    return "no rookery.toml: the defaults" if settings.source == DEFAULTS else settings.source


def _keys(settings: Settings) -> Iterator[tuple[str, str]]:
    yield from ((name, getattr(settings, name.lower())) for name in KEYS)


def _resolved(settings: Settings, table: str, value: Any) -> Any:
    if table not in (FOLDERS, FILES) or not isinstance(value, str) or not value:
        return value
    return str(settings.resolve(value) if table == FOLDERS else settings.worded(value))


def from_files(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the secrets that come from a file which a variable names."""
    return frozenset(name for name in SECRETS if environ.get(name + FILE_SUFFIX))


def _leaves(value: BaseModel, loc: Loc = ()) -> Iterator[tuple[Loc, Any]]:
    for name, info in type(value).model_fields.items():
        here, inner = (*loc, info.alias or name), getattr(value, name)
        if isinstance(inner, Value):
            yield from _leaves(inner, here)
        elif isinstance(inner, tuple) and inner and isinstance(inner[0], Value):
            for at, entry in enumerate(inner):
                yield from _leaves(entry, (*here, at))
        else:
            yield here, inner


def _masked(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return MASK if value and is_secret_name(key) else mask(value)
    if isinstance(value, tuple):
        return [_masked(key, inner) for inner in value]
    if isinstance(value, dict):
        return {name: _masked(name, inner) for name, inner in value.items()}
    return value
