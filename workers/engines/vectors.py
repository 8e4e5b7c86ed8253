"""The vectors in a server's answer, in whichever of two forms it has them. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.contracts.errors import EngineUnavailable
from tasks.contracts.messages import Usage
from tasks.services import Vectors
from workers.engines.chunks import count_of, text_of, usage
from workers.engines.failures import Asked, check_model


def openai(asked: Asked, said: Mapping[str, Any], texts: int) -> Vectors:
    """Return what OpenAI's HTTP answers to /v1/embeddings: rows that say where they belong.

    Raises:
        EngineUnavailable: it holds no vector for each text.
        WrongModel: another model answered.
    """
    check_model(asked, said.get("model"))
    try:
        entries = sorted(said["data"], key=lambda entry: entry["index"])
        rows = [_floats(entry["embedding"]) for entry in entries]
    except (KeyError, TypeError, ValueError, OverflowError) as exc:
        raise _none(asked) from exc
    return _counted(asked, rows, texts, usage(said.get("usage")), said)


def ollama(asked: Asked, said: Mapping[str, Any], texts: int) -> Vectors:
    """Return what Ollama answers to /api/embed: rows in order. Raises as `openai` does."""
    check_model(asked, said.get("model"))
    try:
        rows = [_floats(row) for row in said["embeddings"]]
    except (KeyError, TypeError, ValueError, OverflowError) as exc:
        raise _none(asked) from exc
    return _counted(asked, rows, texts, Usage(prompt_tokens=count_of(said.get("prompt_eval_count"))), said)


def _floats(row: Sequence[Any]) -> list[float]:
    """Return a row as numbers. Raises ValueError, TypeError: it is empty, or not all of it are."""
    floats = [float(number) for number in row]
    if not floats or not all(map(math.isfinite, floats)):
        raise ValueError("no vector")
    return floats


def _counted(
    asked: Asked, rows: list[list[float]], texts: int, counted: Usage | None, said: Mapping[str, Any]
) -> Vectors:
    if len(rows) != texts:
        raise EngineUnavailable(
            f"{asked.url} answered {len(rows)} vectors to {texts} texts", next_step="look into the log of the server"
        )
    return Vectors(rows, counted or Usage(), text_of(said.get("model")) or asked.model)


def _none(asked: Asked) -> EngineUnavailable:
    return EngineUnavailable(f"{asked.url} answered no vectors", next_step="check the engine's address")
