"""The real llama.cpp behind every emulated inference server: one process for each tiny model, shared by many tests."""

from __future__ import annotations

import contextlib
import json
import threading
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from tests.served import PATIENCE_S, Served, child, post
from tests.tiny_model import CONTEXT_TOKENS, Habit, write_tiny_gguf

SLOTS = 4
CHAT, EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"
#: Models that are made for something else than talking.
CALLER, EMBEDDER = 71, 72
BEYOND_SEEDS = 1_000_000
HABITS = {CALLER: Habit.CALLS, EMBEDDER: Habit.EMBEDS}


def name_of(seed: int) -> str:
    """Return what the process of a model calls it."""
    return f"tiny-{seed}"


class Refused(Exception):
    """The real server would not take a request."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class Children:
    """Starts a model's process when it is first asked for. Equal seeds are the same model: one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ridden: dict[int, tuple[int, Path]] = {}
        self._running: dict[int, Served] = {}
        self._lock = threading.Lock()
        self._ends = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def with_adapter(self, seed: int, file: Path) -> int:
        """Return a seed that stands for a model with the adapter in a GGUF file on it."""
        ridden = zlib.crc32(f"{seed} {file}".encode()) + BEYOND_SEEDS
        self._ridden[ridden] = (seed, file)
        return ridden

    def starts(self, seed: int) -> bool:
        """Return whether the model's process comes up: an adapter for another base keeps it from that."""
        if seed not in self._ridden:
            return True
        try:
            self.of(seed)
        except AssertionError:
            return False
        return True

    def gguf(self, seed: int) -> Path:
        """Return the model's file."""
        seed, _ = self._ridden.get(seed, (seed, None))
        path = self.folder / f"{name_of(seed)}.gguf"
        return path if path.exists() else write_tiny_gguf(path, seed, habit=HABITS.get(seed, Habit.TALKS))

    def url(self, seed: int) -> str:
        """Return where the model answers."""
        return self.of(seed).url

    def of(self, seed: int) -> Served:
        """Return the model's process."""
        with self._lock:
            if seed not in self._running:
                adapters = [self._ridden[seed][1]] if seed in self._ridden else []
                starting = child(
                    self.gguf(seed),
                    model=name_of(seed),
                    context_tokens=CONTEXT_TOKENS,
                    slots=SLOTS,
                    adapters=adapters,
                )
                self._running[seed] = self._ends.enter_context(starting)
            return self._running[seed]

    def stream(self, seed: int, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the chunks of an answer as they come. Closing the iterator cancels the request.

        Raises:
            Refused: the request is too long, for one.
        """
        asked = {**body, **self._loud(seed), "stream": True, "stream_options": {"include_usage": True}}
        with requests.post(self.url(seed) + CHAT, json=asked, timeout=PATIENCE_S, stream=True) as answer:
            if not answer.ok:
                raise Refused(answer.status_code, answer.json())
            for line in answer.iter_lines(chunk_size=None):
                if line.startswith(b"data: {"):
                    yield json.loads(line.removeprefix(b"data: "))

    def says(self, seed: int, body: Mapping[str, Any]) -> str:
        """Return what the model itself answers."""
        text: str = post(self.url(seed), CHAT, {**body, **self._loud(seed)})["choices"][0]["message"]["content"]
        return text

    def _loud(self, seed: int) -> dict[str, Any]:
        return {"lora": [{"id": 0, "scale": 1.0}]} if seed in self._ridden else {}

    def embed(self, seed: int, texts: list[str]) -> dict[str, Any]:
        """Return what the model itself answers to texts that it is to embed. Raises Refused: it cannot."""
        asked = {"input": texts, "model": name_of(seed)}
        with requests.post(self.url(seed) + EMBEDDINGS, json=asked, timeout=PATIENCE_S) as answer:
            if not answer.ok:
                raise Refused(answer.status_code, answer.json())
            said: dict[str, Any] = answer.json()
            return said

    def count_tokens(self, seed: int, messages: list[dict[str, Any]]) -> int:
        """Return how many tokens a prompt is."""
        count: int = post(self.url(seed), CHAT + "/input_tokens", {"messages": messages})["input_tokens"]
        return count

    def busy(self, seed: int) -> int:
        """Return how many requests the model works on now."""
        slots = requests.get(self.url(seed) + "/slots", timeout=PATIENCE_S).json()
        return sum(slot["is_processing"] for slot in slots)
