"""The client of one llama.cpp server with one model, and the command line that starts such a server as our child."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tasks.contracts.errors import EngineStalled, EngineUnavailable, WrongModel
from tasks.contracts.messages import Turn
from tasks.services import Capabilities, Chat, Completion, Patience, Piece
from workers.engines.bodies import message_of, narrowed
from workers.engines.exchange import ask, fetch
from workers.engines.llamacpp_adapters import numbers, scales
from workers.engines.openai_compat import CHAT, OpenAICompatEngine
from workers.engines.streaming import stream
from workers.engines.wire import Request

SERVER = "workers.engines.llamacpp_server"
EPHEMERAL_PORT = 0  # the child picks one and says which
GIB = 2**30
CHECK_S = 1.0  # behind a long prompt it says nothing for a while, and nobody is to wait for that


def server_argv(
    model: str,
    gguf: Path,
    *,
    port: int = EPHEMERAL_PORT,
    context_tokens: int = 4096,
    slots: int = 2,
    adapters: Sequence[Path] = (),
) -> list[str]:
    """Return the command that serves `gguf` as `model`, with a window of `context_tokens` in each slot.

    `adapters` are GGUF files; none of them has a say in an answer unless it is asked for.
    """
    options = {"gguf": gguf, "alias": model, "port": port, "context": context_tokens, "slots": slots}
    said = [*options.items(), *(("adapter", path) for path in adapters)]
    return [sys.executable, "-P", "-m", SERVER, *(f"--{name}={value}" for name, value in said)]


class LlamaCppEngine(OpenAICompatEngine):
    """llama.cpp answers any name with the model it has: that its alias is our name is what makes the check work.

    Its adapters are those that it was started with; another set is another process at another address.
    """

    _numbers: Mapping[str, int] | None = None
    """Of its adapters, once it was asked."""

    def adapters(self, model: str) -> Collection[str]:
        """Return the adapters that it was started with."""
        if self._numbers is None:
            self._numbers = self._listed_adapters(self._call_s)
        return self._numbers

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Yield the answer as it comes, with one adapter or none; `tasks.services.Engine` says the rest."""
        if chat.adapter and chat.adapter not in self.adapters(chat.model):
            raise self._no_adapter(chat.model, chat.adapter)
        asked = self._asked(CHAT, chat.model)
        for item in stream(asked, Request("POST", asked.url, self._body(chat), self._headers), patience):
            if chat.adapter and isinstance(item, Completion):
                self._check_adapters()
            yield item

    def capabilities(self) -> Capabilities:
        """Return the slots and the window of each, as the server has them."""
        props = self._get("/props")
        settings = props.get("default_generation_settings")
        slots, window = props.get("total_slots"), settings.get("n_ctx") if isinstance(settings, dict) else None
        if not isinstance(slots, int) or not isinstance(window, int):
            raise EngineUnavailable(f"{self.base_url}/props names no slots", next_step="check that this is llama.cpp")
        return Capabilities(slots, window)

    def sizes_gib(self) -> Mapping[str, float]:
        """Return what the weights take; of the memory for prompts the server says nothing."""
        ours = {its: our for our, its in self._model_names.items()}
        metas = {ours.get(its, its): entry.get("meta") for its, entry in self._listing().items()}
        sizes = {name: meta.get("size") for name, meta in metas.items() if isinstance(meta, dict)}
        return {name: size / GIB for name, size in sizes.items() if isinstance(size, int)}

    def _body(self, chat: Chat) -> dict[str, Any]:
        body = super()._body(narrowed(chat))
        if self.adapters(chat.model):
            body["lora"] = scales(self._numbers or {}, chat.adapter)
            # It hands what was read with one adapter to another, or to the base (ggml-org/llama.cpp#26207): such an
            # answer would be of two.
            body["cache_prompt"] = False
        return body

    def _check_adapters(self) -> None:
        """Raise WrongModel where the number of an adapter is another one's by now. Who is too busy says nothing."""
        try:
            now = self._listed_adapters(CHECK_S)
        except EngineStalled:
            return
        if now != self._numbers:
            was, self._numbers = self._numbers, None
            raise WrongModel(f"{self.base_url} had the adapters {sorted(was or {})} and has {sorted(now)} now")

    def _listed_adapters(self, patience_s: float) -> Mapping[str, int]:
        asked = self._asked("/lora-adapters")
        reply = fetch(asked, Request("GET", asked.url, None, self._headers), patience_s)
        if reply.status != HTTPStatus.OK:
            return {}
        with suppress(ValueError):
            return numbers(json.loads(reply.body))
        return {}

    def count_tokens(self, model: str, turns: Sequence[Turn]) -> int:
        """Return the tokens that `turns` are as a prompt, the words of the chat template included."""
        asked = self._asked("/v1/chat/completions/input_tokens", model)
        messages = [message_of(turn) for turn in turns]
        body: dict[str, Any] = {"model": asked.model, "messages": messages}
        counted = ask(asked, Request("POST", asked.url, body, self._headers), self._call_s).get("input_tokens")
        if not isinstance(counted, int):
            raise EngineUnavailable(f"{asked.url} counted no tokens", next_step="check that this is llama.cpp")
        return counted
