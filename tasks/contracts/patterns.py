"""Regular expressions that an operator writes and that are looked for in what people write.

They are matched by the engine that pydantic brings, in time that grows with the text and nothing else: what a person
writes can be no trap, whatever an operator's pattern looks like. It knows neither look-around nor references back; a
pattern with those is refused when the file is read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import SchemaError

MAX_PATTERN_CHARS = 1_000
PATTERNS_KEPT = 4_096


def found(pattern: str, text: str) -> bool:
    """Return whether a pattern that was accepted is found anywhere in a text."""
    try:
        _matcher(pattern).validate_python(text)
    except ValidationError:
        return False
    return True


def check(pattern: str) -> str:
    """Return the pattern. Raises ValueError with what was wanted where it is none."""
    try:
        _matcher(pattern)
    except SchemaError as exc:
        told = str(exc).splitlines()[-1].strip().removeprefix("error: ").removeprefix("SchemaError: ").rstrip(".")
        raise ValueError(f"wanted a regular expression; {told}") from exc
    return pattern


@lru_cache(maxsize=PATTERNS_KEPT)
def _matcher(pattern: str) -> TypeAdapter[str]:
    return TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])


Pattern = Annotated[str, Field(min_length=1, max_length=MAX_PATTERN_CHARS), AfterValidator(check)]
