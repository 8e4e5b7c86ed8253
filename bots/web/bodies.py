"""What clients post: read up to a cap, and checked before anything is done with it."""

from __future__ import annotations

import asyncio
import functools
import json
import re
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException

from tasks.contracts.errors import BadInput
from tasks.contracts.messages import Value

MAX_BODY_BYTES = 256 * 1024
HALF = re.compile(rb"\\u[dD]|\xed[\xa0-\xbf]")  # half a character, as an escape or as it would be in UTF-8
ARRIVES_S = 30.0  # for a whole body: who sends slower holds up others
JSON_TYPE = "application/json"
Body = TypeVar("Body", bound=BaseModel)


class Posted(Value):
    """What clients post: what its fields mean is told by OpenAPI, too."""

    model_config = ConfigDict(use_attribute_docstrings=True)


async def read(request: Request, kind: type[Body], *, most_bytes: int = 0) -> Body:
    """Return what was posted, of `most_bytes` or, where that is 0, of as many as `max_body_kib` in [web] says.

    Raises:
        BadInput: it is not announced as JSON, is none, or has fields that `kind` does not have.
        HTTPException: 413, it is larger than `most_bytes`.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
        raise BadInput("the body is not announced as JSON", next_step=f"send it with Content-Type: {JSON_TYPE}")
    return parsed(await raw(request, most_bytes), kind)


async def raw(request: Request, most_bytes: int = 0) -> bytes:
    """Return a body as it came. Raises HTTPException as `read` does, and 408 where it does not come."""
    most_bytes = most_bytes or getattr(request.app.state, "most_body_bytes", MAX_BODY_BYTES)
    body = bytearray()
    try:
        async with asyncio.timeout(ARRIVES_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    too_large = f"the body is larger than {most_bytes} bytes"
                    raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large)
    except TimeoutError as exc:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, f"the body did not come within {ARRIVES_S:g} s") from exc
    return bytes(body)


def parsed(body: bytes, kind: type[Body]) -> Body:
    """Return what is in a body. Raises BadInput."""
    try:
        fields = json.loads(body.decode("utf-8", "surrogatepass"))
        fields = mended(fields) if HALF.search(body) else fields
    except (ValueError, RecursionError) as exc:
        raise BadInput("the body is not JSON", next_step='post {"text": "hello"}') from exc
    if not isinstance(fields, dict):
        raise BadInput("the body is not a JSON object", next_step='post {"text": "hello"}')
    try:
        return kind.model_validate(fields)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]).encode("utf-8", "replace").decode()
        raise BadInput(f"{place}: {first['msg']}", next_step=f"fields are {', '.join(kind.model_fields)}") from exc


def mended(said: Any) -> Any:
    """Return JSON without half characters: they become U+FFFD, and two halves that belong together one character."""
    match said:
        case str():
            return said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [mended(part) for part in said]
        case dict():
            return {mended(name): mended(part) for name, part in said.items()}
    return said


@functools.cache
def described(kind: type[BaseModel]) -> dict[str, Any]:
    """Return what OpenAPI says of a route that reads `kind`: the `openapi_extra` of its decorator."""
    schema = kind.model_json_schema(ref_template="{model}")
    schema = _whole(schema, schema.pop("$defs", {}))
    return {"requestBody": {"required": True, "content": {JSON_TYPE: {"schema": schema}}}}


def _whole(schema: Any, parts: dict[str, Any]) -> Any:
    """Return a schema with its parts in their places, so that it refers to nothing outside."""
    match schema:
        case {"$ref": name, **more}:
            return {**_whole(parts[name], parts), **more}
        case dict():
            return {name: _whole(part, parts) for name, part in schema.items()}
        case list():
            return [_whole(part, parts) for part in schema]
    return schema
