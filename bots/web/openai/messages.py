"""The messages of a chat, as OpenAI's API has them, and the turns that they are here. Pure.

Nothing that a message names is ever fetched: content is text, and an address in it stays text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from bots.web.openai.base import UNSUPPORTED, Asked, only
from tasks.contracts.messages import MAX_ID_CHARS, Name, ToolCall, Turn

MOST_MESSAGES, MOST_PARTS = 10_000, 1_000
ONE_TEXT = "\n"
NO_PICTURES = "models of the flock read text alone: send no pictures"
NO_FILES = "models of the flock read text alone: put what is in the file into a message"
NOT_TEXT = {
    "image_url": NO_PICTURES,
    "input_audio": "models of the flock read text alone: send no sound",
    "file": NO_FILES,
}
SYSTEM = ("system", "developer")


class Part(Asked):
    """A part of what is said."""

    type: Literal["text"]
    text: str


class Called(Asked):
    """The function that a model asked for."""

    name: Name
    arguments: str


class AskedCall(Asked):
    """What a model asked for."""

    id: Name
    type: Literal["function"]
    function: Called


def _text_alone(content: Any) -> Any:
    """Refuse what is no text in words, before anything else is said about it."""
    kinds = [part.get("type") for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    for kind in kinds:
        if isinstance(kind, str) and kind in NOT_TEXT:
            raise PydanticCustomError(UNSUPPORTED, "{words}", {"words": NOT_TEXT[kind]})
    return content


Content = str | Annotated[list[Part], Field(min_length=1, max_length=MOST_PARTS)]


class Message(Asked):
    """One thing that was said. Of an answer that comes back as it was given, what is no text is left alone."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[Content | None, BeforeValidator(_text_alone)] = None
    name: str | None = Field(default=None, max_length=MAX_ID_CHARS)
    tool_calls: list[AskedCall] | None = None
    tool_call_id: Name | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    annotations: list[Any] | None = None
    audio: Annotated[None, only(words="models of the flock read text alone: send no sound")] = None
    function_call: Annotated[None, only(words="calls are told with `tool_calls`")] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        calls = self.role == "assistant" and self.tool_calls
        if self.content is None and not calls and not (self.role == "assistant" and self.refusal):
            raise PydanticCustomError("no_content", "a message of the role {role} needs `content`", {"role": self.role})
        if (self.role == "tool") is not (self.tool_call_id is not None):
            raise PydanticCustomError(
                "call_id", "`tool_call_id` belongs to messages of the role tool, and each has one"
            )
        if self.tool_calls and self.role != "assistant":
            raise PydanticCustomError("calls", "`tool_calls` belong to messages of the role assistant")
        return self

    @property
    def text(self) -> str:
        """All of its text."""
        if isinstance(self.content, list):
            return ONE_TEXT.join(part.text for part in self.content)
        return self.content or self.refusal or ""


def _answers_calls(messages: list[Message]) -> list[Message]:
    asked_for: set[str | None] = set()
    for message in messages:
        asked_for.update(call.id for call in message.tool_calls or ())
        if message.role == "tool" and message.tool_call_id not in asked_for:
            raise PydanticCustomError("no_call", "a message of the role tool answers a call of an earlier message")
    if all(message.role in SYSTEM for message in messages):
        raise PydanticCustomError("no_question", "nobody says anything but the system; add a message of the role user")
    return messages


Messages = Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES), AfterValidator(_answers_calls)]


def system_of(messages: Sequence[Message]) -> str:
    """Return what the system says, wherever it says it: many models take that in front alone."""
    return "\n\n".join(message.text for message in messages if message.role in SYSTEM and message.text)


def turns_of(messages: Sequence[Message]) -> tuple[Turn, ...]:
    """Return the conversation without the system."""
    return tuple(_turn(message) for message in messages if message.role not in SYSTEM)


def _turn(message: Message) -> Turn:
    role: Any = message.role  # those of the system have gone
    calls = tuple(
        ToolCall(id=call.id, name=call.function.name, arguments=call.function.arguments)
        for call in message.tool_calls or ()
    )
    author = message.name or ""
    return Turn(role=role, text=message.text, author=author, calls=calls, call=message.tool_call_id or "")
