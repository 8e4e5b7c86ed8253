"""What Ollama says in one line of a chat stream, read into a value."""

from __future__ import annotations

from tasks.contracts.messages import Usage
from workers.engines.answer import Dialect
from workers.engines.chunks import Chunk, count_of, json_object, mapping_of, text_of
from workers.engines.lines import LineParser


def parse(line: str) -> Chunk:
    """Return what `line` says. Fields that are missing, null or of another type count as not said.

    Raises:
        EngineUnavailable: it is not a JSON object.
    """
    said = json_object(line)
    if said.get("error"):
        return Chunk(error=said)
    message = mapping_of(said.get("message"))
    done = said.get("done") is True
    # A count that is zero is left out: all of a prompt may have been read before.
    usage = Usage(
        prompt_tokens=count_of(said.get("prompt_eval_count")), completion_tokens=count_of(said.get("eval_count"))
    )
    return Chunk(
        model=text_of(said.get("model")),
        text=text_of(message.get("content")),
        reasoning=text_of(message.get("thinking")),
        calls=message.get("tool_calls"),
        finish_reason=(text_of(said.get("done_reason")) or "stop") if done else "",
        usage=usage if done else None,
        done=done,
    )


OLLAMA = Dialect("application/x-ndjson", LineParser, parse)
