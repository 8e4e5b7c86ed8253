"""Serves a GGUF file with the real llama.cpp, in a child process that ends with the test."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from workers.engines.llamacpp import server_argv
from workers.supervision.leash import LEASH_FD_ENV

REPO = Path(__file__).parents[1]
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Served:
    """A running llama.cpp: where it answers, and its process."""

    url: str
    process: subprocess.Popen[str]


@contextlib.contextmanager
def child(
    gguf: Path, *, model: str = "model", context_tokens: int = 2048, slots: int = 1, adapters: Sequence[Path] = ()
) -> Iterator[Served]:
    """Yield a llama.cpp that holds `gguf`, and `adapters` beside it."""
    read_end, write_end = os.pipe()
    argv = server_argv(model, gguf, context_tokens=context_tokens, slots=slots, adapters=adapters)
    environment = {**os.environ, LEASH_FD_ENV: str(read_end)}
    with (
        os.fdopen(write_end, "wb"),
        subprocess.Popen(
            argv, cwd=REPO, env=environment, pass_fds=[read_end], stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        os.close(read_end)
        assert process.stdout is not None
        ready, _, url = process.stdout.readline().strip().partition(" ")
        try:
            assert ready == "ready", f"llama.cpp could not load {gguf}"
            yield Served(url, process)
        finally:
            process.kill()


@contextlib.contextmanager
def served(gguf: Path, *, model: str = "model") -> Iterator[str]:
    """Yield the address of a llama.cpp that holds `gguf`."""
    with child(gguf, model=model) as running:
        yield running.url


def post(url: str, path: str, body: dict[str, Any]) -> Any:
    """Return the server's answer to `body`, and fail when it is an error."""
    answer = requests.post(url + path, json=body, timeout=PATIENCE_S)
    answer.raise_for_status()
    return answer.json()


def said(url: str, *turns: tuple[str, str], **options: Any) -> str:
    """Return what the model says after `turns`, each a role and a text; greedily, unless `options` say otherwise."""
    messages = [{"role": role, "content": text} for role, text in turns]
    body = {"messages": messages, "max_tokens": 100, "temperature": 0, **options}
    text: str = post(url, "/v1/chat/completions", body)["choices"][0]["message"]["content"]
    return text
