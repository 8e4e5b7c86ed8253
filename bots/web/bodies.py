"""What clients post: read up to a cap, and checked before anything is done with it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from tasks.contracts.errors import BadInput

MAX_BODY_BYTES = 256 * 1024
JSON_TYPE = "application/json"
Body = TypeVar("Body", bound=BaseModel)


async def read(request: Request, kind: type[Body], *, most_bytes: int = MAX_BODY_BYTES) -> Body:
    """Return what was posted.

    Raises:
        BadInput: it is not announced as JSON, is none, or has fields that `kind` does not have.
        HTTPException: 413, it is larger than `most_bytes`.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
        raise BadInput("the body is not announced as JSON", next_step=f"send it with Content-Type: {JSON_TYPE}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {most_bytes} bytes")
    return parsed(bytes(body), kind)


def parsed(body: bytes, kind: type[Body]) -> Body:
    """Return what is in a body. Raises BadInput."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise BadInput("the body is not JSON", next_step='post {"text": "hello"}') from exc
    if not isinstance(fields, dict):
        raise BadInput("the body is not a JSON object", next_step='post {"text": "hello"}')
    if isinstance(text := fields.get("text"), str):  # half characters are for the ledger to mend, not to choke on
        fields["text"] = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    try:
        return kind.model_validate(fields)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]).encode("utf-8", "replace").decode()
        raise BadInput(f"{place}: {first['msg']}", next_step=f"fields are {', '.join(kind.model_fields)}") from exc


def described(kind: type[BaseModel]) -> dict[str, Any]:
    """Return what OpenAPI says of a route that reads `kind`: the `openapi_extra` of its decorator."""
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {JSON_TYPE: {"schema": schema}}}}
