"""An engine that says the last message again, backwards: all that an inference server has to be for Rookery.

`engine = "parrot"` in a [[host]] opens it; `engine = "parrot+http://…"` would hand that address to `create`.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from typing import Any

from tasks.contracts.errors import ContextExceeded, EngineRejected, EngineStalled
from tasks.contracts.messages import Usage
from tasks.services import Capabilities, Chat, Completion, Patience, Piece, Vectors

CONTEXT_WORDS = 2_000


def create(url: str, names: Mapping[str, str], *, slots: int, **_unused: Any) -> ParrotEngine:
    """Return the engine: what the entry point in pyproject.toml names. `names` is what it calls our models."""
    return ParrotEngine(names, slots)


class ParrotEngine:
    """Every failure of an engine is an error of `tasks.contracts.errors`: that is how it is known what to do next."""

    def __init__(self, names: Mapping[str, str], slots: int = 1) -> None:
        self._names, self._slots = names, slots
        self._resident: set[str] = set()

    def list_resident(self) -> list[str]:
        return sorted(self._resident)

    def sizes_gib(self) -> Mapping[str, float]:
        return {}  # a server that knows says what each resident model takes

    def ensure_loaded(self, model: str) -> None:
        if model not in self._names:
            raise EngineRejected(f"the parrot knows no {model!r}", next_step="name it in `models` of the host")
        self._resident.add(model)

    def unload(self, model: str) -> None:
        self._resident.discard(model)

    def capabilities(self) -> Capabilities:
        return Capabilities(self._slots, CONTEXT_WORDS, loads=True)

    def load_adapter(self, model: str, adapter: str, path: str) -> None:
        raise EngineRejected(f"the parrot cannot learn {adapter!r}", next_step="leave `adapter` out")

    def embed(self, model: str, texts: Sequence[str], patience: Patience) -> Generator[Piece | Vectors, None, None]:
        raise EngineRejected("the parrot has no vectors", next_step="ask another model")
        yield Piece()  # a generator, like one that can

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Yield something at least every 50 ms, empty where nothing came: so whoever reads can stop at any moment.

        One that talks to a server closes its connection when the generator is closed (`finally`).
        """
        began_s = time.monotonic()
        if chat.adapter:
            raise EngineRejected(f"the parrot has no adapter {chat.adapter!r}", next_step="leave `adapter` out")
        if chat.tools or chat.response_format:  # never left out in silence: whoever asked counts on it
            raise EngineRejected("the parrot knows no tools and no JSON", next_step="ask another model")
        self.ensure_loaded(chat.model)
        if (read := sum(len(turn.text.split()) for turn in chat.turns)) > CONTEXT_WORDS:
            raise ContextExceeded(f"{read} words are more than {CONTEXT_WORDS}", next_step="send less")
        heard = chat.turns[-1].text.encode(errors="replace").decode()  # people send half characters, too
        words = [chat.model, "says:", *reversed(heard.split())]
        said = words[: chat.sampling.max_tokens]
        for count, word in enumerate(said):
            if time.monotonic() - began_s >= patience.total_s:
                raise EngineStalled("the parrot was too slow", next_step="give it more time")
            yield Piece(f" {word}" if count else word)
        usage = Usage(prompt_tokens=read, completion_tokens=len(said))
        yield Completion(usage, "stop" if len(said) == len(words) else "length", chat.model)
