"""What a model asks to be called, put together from the parts in which servers stream it. Pure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tasks.contracts.messages import ToolCall, fitting
from workers.engines.chunks import count_of, mapping_of, text_of

NOTHING = "{}"  # the arguments of a call without any: some servers say them as nothing at all


@dataclass(frozen=True)
class CallPart:
    """Some of a call. Servers stream the arguments in pieces; what a part does not say is empty."""

    index: int | None = None
    id: str = ""
    name: str = ""
    arguments: str = ""


def parts_of(said: object) -> tuple[CallPart, ...]:
    """Return the parts in a list of calls, as OpenAI's HTTP and Ollama's have it; of anything else, none."""
    return tuple(_part(mapping_of(entry)) for entry in said) if isinstance(said, list) else ()


def new_id() -> str:
    """Return the id of a call whose server gave it none."""
    return f"call_{uuid.uuid4().hex[:24]}"


class Calls:
    """The calls of one answer in the making."""

    def __init__(self, name_it: Callable[[], str] = new_id) -> None:
        self._name_it = name_it
        self._parts: list[CallPart] = []

    def take(self, part: CallPart) -> None:
        """Take the next part: of the call that it belongs to, or the beginning of another one."""
        for at in reversed(range(len(self._parts))):
            known = self._parts[at]
            if _goes_on(known, part):
                name, arguments = known.name or part.name, known.arguments + part.arguments
                self._parts[at] = replace(known, id=known.id or part.id, name=name, arguments=arguments)
                return
        self._parts.append(part)

    def whole(self) -> tuple[ToolCall, ...]:
        """Return the calls; one that names nothing to call is none."""
        return tuple(
            ToolCall(
                id=fitting(part.id or self._name_it()), name=fitting(part.name), arguments=part.arguments or NOTHING
            )
            for part in self._parts
            if part.name
        )


def _goes_on(known: CallPart, part: CallPart) -> bool:
    """Return whether `part` is of this call: some servers give no index, or all calls the same one, or no ids."""
    if part.id and known.id:
        return part.id == known.id
    if part.index is not None and known.index is not None and part.index != known.index:
        return False
    if part.name and known.name:
        return part.name == known.name and not _is_json(known.arguments)
    return True


def _part(entry: Mapping[str, Any]) -> CallPart:
    function = mapping_of(entry.get("function"))
    index = entry.get("index")
    return CallPart(
        index=count_of(index) if isinstance(index, int) else None,
        id=text_of(entry.get("id")),
        name=text_of(function.get("name")),
        arguments=_arguments(function.get("arguments")),
    )


def _arguments(said: object) -> str:
    """Return arguments as JSON text; Ollama says them as an object, and so do some servers that speak OpenAI's HTTP."""
    return json.dumps(said) if isinstance(said, dict) else text_of(said)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
