"""What the bodies of OpenAI's API are checked with: fields that we know, words for those that we do not do. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

MOST_DEEP = 64  # levels of a body; a schema of some form to fill in has about ten
UNSUPPORTED = "unsupported"


class Asked(BaseModel):
    """A part of a body. Unknown fields are refused, since whoever sends one expects something of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class AskedBody(Asked):
    """A whole body."""

    @model_validator(mode="before")
    @classmethod
    def _is_shallow(cls, fields: Any) -> Any:
        check_depth(fields)
        return fields


def check_depth(value: Any, deep: int = 0) -> None:
    """Raise PydanticCustomError where JSON is nested more deeply than it could be stored and read again."""
    if deep > MOST_DEEP:
        raise PydanticCustomError("too_deep", "nested more than {most} levels deep", {"most": MOST_DEEP})
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            check_depth(each, deep + 1)


def only(*taken: Any, words: str) -> BeforeValidator:
    """Return what refuses every value but these, in words, where another one would change the answer."""

    def check(value: Any) -> Any:
        if not any(value == each and type(value) is type(each) for each in (None, *taken)):
            raise PydanticCustomError(UNSUPPORTED, "{words}", {"words": words})
        return value

    return BeforeValidator(check)
