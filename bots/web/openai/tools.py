"""Functions that a model may ask to be called, and the form of its answer, as OpenAI's API has them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from bots.web.openai.base import Asked
from tasks.contracts.messages import Json

FunctionName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]


class Function(Asked):
    """A function: what it is for, and what it takes, as JSON schema."""

    name: FunctionName
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(Asked):
    """One thing that the model may ask for. Functions are all there is."""

    type: Literal["function"]
    function: Function


class ChosenFunction(Asked):
    """The function that has to be called."""

    name: FunctionName


class Chosen(Asked):
    """The tool that has to be used."""

    type: Literal["function"]
    function: ChosenFunction


ToolChoice = Literal["none", "auto", "required"] | Chosen


class JsonSchema(Asked):
    """A form that the answer has."""

    name: FunctionName
    description: str | None = None
    schema_: dict[str, Any] = Field(alias="schema")
    strict: bool | None = None


class AsText(Asked):
    """Any text."""

    type: Literal["text"]


class AsJson(Asked):
    """Some JSON object."""

    type: Literal["json_object"]


class AsForm(Asked):
    """JSON of a form."""

    type: Literal["json_schema"]
    json_schema: JsonSchema


ResponseFormat = Annotated[AsText | AsJson | AsForm, Field(discriminator="type")]


def form(asked: AsText | AsJson | AsForm | None) -> Json | None:
    """Return the form of the answer as a job has it; None: any text will do."""
    return None if asked is None or asked.type == "text" else asked.model_dump(by_alias=True, exclude_none=True)


def tools(asked: list[Tool] | None) -> tuple[Json, ...]:
    """Return the functions as a job has them."""
    return tuple(tool.model_dump(exclude_none=True) for tool in asked or ())


def choice(asked: str | Chosen | None) -> Any:
    """Return what is to be called as a job has it."""
    return asked.model_dump() if isinstance(asked, Chosen) else asked
