"""What the fake engine makes up where more than an echo is asked for: JSON by a schema, calls of tools, vectors. Pure.

The same question always has the same answer, so that tests can tell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tasks.contracts.messages import ToolCall
from tasks.services import Chat
from workers.engines.bodies import chosen, name_of
from workers.engines.chunks import mapping_of

VECTOR_LENGTH = 8
DEEPEST = 8  # levels of a schema that are filled in: some lead back to themselves
ID_CHARS = 12


def example(schema: Mapping[str, Any], text: str, depth: int = 0) -> Any:
    """Return a value that follows a JSON schema, with `text` for each text in it.

    >>> example({"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}, "Ulm")
    {'city': 'Ulm', 'days': 0}
    """
    if "const" in schema:
        return schema["const"]
    if options := schema.get("enum") or schema.get("examples"):
        return options[0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return example(mapping_of(schema[several][0]), text, depth + 1)
    return _of_type(_type_of(schema), schema, text, depth)


def calls_of(chat: Chat, text: str) -> tuple[ToolCall, ...]:
    """Return what is called: the tool that must be, else each that the last turn of a person names, else none.

    With tool_choice "required" the first one is called where none is named.
    """
    if chat.tool_choice == "none" or not chat.turns or chat.turns[-1].role != "user":
        return ()
    must = chosen(chat.tool_choice)
    named = [tool for tool in chat.tools if name_of(tool) == must or (not must and name_of(tool) in text.split())]
    if not named and chat.tool_choice == "required":
        named = [*chat.tools[:1]]
    return tuple(_call(tool, text, f"{len(chat.turns)}.{at}") for at, tool in enumerate(named))


def vector(text: str) -> list[float]:
    """Return numbers that are equal for equal texts and mean nothing else."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return [byte / 255 for byte in digest[:VECTOR_LENGTH]]


def _call(tool: Mapping[str, Any], text: str, place: str) -> ToolCall:
    function = mapping_of(tool.get("function"))
    arguments = json.dumps(example(mapping_of(function.get("parameters")) or {"type": "object"}, text))
    digest = hashlib.sha256(f"{place} {name_of(tool)} {arguments}".encode("utf-8", "surrogatepass")).hexdigest()
    return ToolCall(id=f"call_{digest[:ID_CHARS]}", name=name_of(tool), arguments=arguments)


def _type_of(schema: Mapping[str, Any]) -> str:
    said = schema.get("type")
    said = said[0] if isinstance(said, list) and said else said
    return said if isinstance(said, str) else "object" if "properties" in schema else "string"


def _of_type(kind: str, schema: Mapping[str, Any], text: str, depth: int) -> Any:
    if kind == "object":
        parts = mapping_of(schema.get("properties")) if depth < DEEPEST else {}
        return {name: example(mapping_of(part), text, depth + 1) for name, part in parts.items()}
    if kind == "array":
        return [example(mapping_of(schema.get("items")), text, depth + 1)] if depth < DEEPEST else []
    plain: dict[str, Any] = {"integer": 0, "number": 0.0, "boolean": False, "null": None}
    return plain.get(kind, text)
