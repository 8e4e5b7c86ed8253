"""What OpenAPI says of the bodies that these routes read. Pure."""

from __future__ import annotations

import functools
from typing import Any

from pydantic import BaseModel

from bots.web.bodies import JSON_TYPE

DEFINED = "#/$defs/"
STREAM = {"text/event-stream": {"schema": {"type": "string"}}}


@functools.cache
def described(kind: type[BaseModel]) -> dict[str, Any]:
    """Return the `openapi_extra` of a route that reads `kind`, with everything that it is made of in place."""
    schema = kind.model_json_schema()
    parts = schema.pop("$defs", {})
    return {"requestBody": {"required": True, "content": {JSON_TYPE: {"schema": inlined(schema, parts)}}}}


def inlined(schema: Any, parts: dict[str, Any]) -> Any:
    """Return a schema with the parts that it refers to in their places.

    >>> inlined({"items": {"$ref": "#/$defs/A"}}, {"A": {"type": "string"}})
    {'items': {'type': 'string'}}
    """
    if isinstance(schema, list):
        return [inlined(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    named = schema.get("$ref", "")
    if named.startswith(DEFINED):
        return inlined(parts[named.removeprefix(DEFINED)], parts)
    return {key: inlined(each, parts) for key, each in schema.items() if key != "discriminator"}
