"""From what pydantic found wrong to what a person needs to mend it: where, which value, what was wanted. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from tasks.contracts.masking import mask
from tasks.contracts.shortening import shortened

DEFAULT = "default"  # where a value comes from that nobody gave
MOST_LISTED = 20  # names in a sentence; there may be a thousand
MAX_VALUE_CHARS = 80  # of a value in an error; who wrote it knows the rest

Loc = tuple[int | str, ...]

_WISHES = {
    "int_type": "wanted a whole number",
    "float_type": "wanted a number",
    "finite_number": "wanted a number that is not nan or inf",
    "bool_type": "wanted true or false",
    "string_type": "wanted text in quotes",
    "tuple_type": "wanted a list in [ ]",
    "dict_type": "wanted a table",
    "model_type": "wanted a table",
    "literal_error": "wanted {expected}",
    "greater_than": "wanted more than {gt:g}",
    "greater_than_equal": "wanted {ge:g} or more",
    "less_than_equal": "wanted {le:.10g} or less",
    "string_too_short": "wanted text that is not empty",
    "string_too_long": "wanted at most {max_length} characters",
}
_ECHOES = {"default_factory_not_called"}  # follows from another error that is reported itself


class Problem(NamedTuple):
    """Something that is well by itself and cannot be beside the rest."""

    loc: Loc
    wish: str
    value: Any = None


class Contradiction(ValueError):
    """Raised inside a schema; carries its problems through pydantic, places relative to where it was raised."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.wish for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Source:
    """Where raw values came from: a file, and for single (section, key) a variable."""

    file: str
    raw: Mapping[str, Any]
    variables: Mapping[tuple[str, str], str] = field(default_factory=dict)
    files: Mapping[Loc, str] = field(default_factory=dict)
    """Entries of lists that have a file of their own."""

    def place(self, loc: Loc) -> str:
        """Return where a person finds the value at `loc`."""
        keys = tuple(str(part) for part in loc[:2])
        variable = self.variables.get((keys[0], keys[1])) if len(keys) > 1 else None
        return variable or f"{self.file}: {path_of(loc, self.raw)}"

    def origin(self, loc: Loc) -> str:
        """Return where the value at `loc` comes from: a variable, a file, or `default`."""
        if variable := self.variables.get((str(loc[0]), str(loc[-1]))):
            return variable
        value: Any = self.raw
        for part in loc:
            if isinstance(value, Mapping) and part not in value:
                return DEFAULT
            value = value[part]
        return self.files.get(loc[:2], self.file)


def closest(name: str, known: Iterable[str]) -> str:
    """Return `did you mean …?` for the known name that is most like `name`, or nothing.

    >>> closest("modle", ["model", "host"])
    "did you mean 'model'?"
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"did you mean {by_lower[found[0]]!r}?" if found else ""


def listed(names: Sequence[str]) -> str:
    """Return names as one may print them: the first ones, and how many more there are.

    >>> listed(["ada", "ben"])
    'ada, ben'
    """
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def shown(value: object) -> str:
    """Return a value as one may print it: on one line, not too long, without secrets."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # an int of thousands of digits
        text = f"a {type(value).__name__} too long to show"
    text = mask(text).encode("utf-8", "backslashreplace").decode()
    return shortened(text, MAX_VALUE_CHARS)


def lines_of(exc: ValidationError, schema: type[BaseModel], source: Source) -> list[str]:
    """Return one line per problem: place, value, and what was wanted."""
    lines = []
    for details in exc.errors(include_url=False):
        error: dict[str, Any] = {**details}
        cause = error.get("ctx", {}).get("error")
        if isinstance(cause, Contradiction):
            lines += [_line(source, (*error["loc"], *loc), wish, value) for loc, wish, value in cause.problems]
        elif error["type"] not in _ECHOES:
            lines.append(_line(source, error["loc"], *_wish_and_value(error, schema)))
    return lines


def _line(source: Source, loc: Loc, wish: str, value: Any) -> str:
    return f"{source.place(loc)}{'' if value is None else f' = {shown(value)}'}: {mask(wish)}"


def _wish_and_value(error: Mapping[str, Any], schema: type[BaseModel]) -> tuple[str, Any]:
    loc, context = error["loc"], error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            known = keys_at(schema, loc[:-1])
            return f"unknown key; {closest(str(loc[-1]), known) or 'known here: ' + ', '.join(known)}", None
        case "missing":
            return "is missing", None
        case "value_error":
            return str(context["error"]), error["input"]
        case kind:
            return _WISHES[kind].format(**context) if kind in _WISHES else error["msg"], error["input"]


def path_of(loc: Loc, raw: Mapping[str, Any]) -> str:
    """Return a key path as one would write it, with the name of the entry where it has one.

    >>> path_of(("model", 0, "slots"), {"model": [{"name": "demo"}]})
    "model[0].slots (model 'demo')"
    """
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    name = _name_at(loc, raw)
    return f"{path} ({loc[0]} {name!r})" if name and loc[-1] != "name" else path


def _name_at(loc: Loc, raw: Mapping[str, Any]) -> str:
    """Return the name of the list's entry that `loc` is in; entries that came from defaults are not in `raw`."""
    entries = raw.get(str(loc[0])) if len(loc) > 1 else None
    if not isinstance(entries, list) or not isinstance(loc[1], int):
        return ""
    entry = entries[loc[1]]
    name = entry.get("name") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) else ""


def keys_at(schema: type[BaseModel], loc: Loc) -> list[str]:
    """Return the keys that a table at `loc` may have, as they are written in the file."""
    for part in loc:
        if isinstance(part, str):
            schema = table_of(schema, part)
    return [info.alias or name for name, info in schema.model_fields.items()]


def table_of(schema: type[BaseModel], key: str) -> type[BaseModel]:
    """Return the schema of the table, or of each table in the list, that `key` holds."""
    field_of_key = next(info for name, info in schema.model_fields.items() if key == (info.alias or name))
    kinds = (field_of_key.annotation, *get_args(field_of_key.annotation))
    return next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
