"""A client for Ollama, in its own protocol: its OpenAI-compatible one has no word for how long a model stays.

What is in memory is decided here and not there: every request says that the model stays until we unload it, and asks
for the same window as the load did, because another one would make Ollama load the model again.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tasks.contracts.errors import EngineRejected, EngineStalled, EngineUnavailable, ModelLoadFailed
from tasks.services import Capabilities, Chat, Completion, Patience, Piece, Vectors
from workers.engines import failures, ollama_bodies, vectors
from workers.engines.chunks import clean
from workers.engines.exchange import accepted, ask, fetching, json_of, load
from workers.engines.failures import Asked
from workers.engines.loading import GIB, LoadingEngine
from workers.engines.ollama_chunks import OLLAMA
from workers.engines.openai_compat import UNKNOWN_CONTEXT_TOKENS
from workers.engines.streaming import stream
from workers.engines.wire import Request

UNLOAD_S = 30.0  # what is being answered ends first
POLL_S = 0.05
FOR_EVER = -1  # of keep_alive; a number of seconds or "10m" otherwise, and 0 is at once
#: A model that is to stay for longer than this stays for ever: Ollama writes that as a date some centuries away.
LONG = timedelta(days=365)
DEFAULT_TAG = ":latest"


class OllamaEngine(LoadingEngine):
    """One Ollama. `context_tokens` is the window that each of our models gets, by our names.

    `slots` is its OLLAMA_NUM_PARALLEL, which it does not tell.
    """

    def list_resident(self) -> list[str]:
        """Return the models that are in memory; those of others under Ollama's names."""
        return [self._our_name(entry) for entry in self._running()]

    def sizes_gib(self) -> Mapping[str, float]:
        """Return what each takes: on the GPU, or in all where nothing of it is on one."""
        sizes = {self._our_name(entry): entry.get("size_vram") or entry.get("size") for entry in self._running()}
        return {name: size / GIB for name, size in sizes.items() if isinstance(size, int)}

    def ensure_loaded(self, model: str) -> None:
        """Load `model` unless it is there, with its window, to stay.

        Raises:
            ModelLoadFailed, OutOfMemory: Ollama could not.
            EngineRejected: it has no such model.
        """
        with self._loading:
            if self._stays(model):
                return
            asked = self._asked("/api/chat", model)
            load(asked, self._post(asked, self._residency(model, FOR_EVER)), self._load_s)
            if not self._entries_of(model):
                raise ModelLoadFailed(
                    f"{self.base_url} said that it loaded {asked.model!r}, and does not list it as running",
                    next_step="look into the log of Ollama; is somebody else unloading models there?",
                )

    def unload(self, model: str) -> None:
        """Free the memory of `model`; returns once Ollama does not list it any more.

        Raises:
            EngineStalled: it is still there after half a minute: somebody else's answer takes that long.
        """
        if not self._entries_of(model):
            return
        asked = self._asked("/api/chat", model)
        ask(asked, self._post(asked, self._residency(model, 0)), self._call_s)
        gives_up_s = time.monotonic() + UNLOAD_S
        while self._entries_of(model):
            if time.monotonic() > gives_up_s:
                raise EngineStalled(
                    f"{self.base_url} holds model {asked.model!r} for {UNLOAD_S:g} s after it was told to unload it",
                    next_step="see with `ollama ps` who uses it",
                )
            time.sleep(POLL_S)

    def capabilities(self) -> Capabilities:
        """Return what it was made with; Ollama tells neither."""
        window = min(self._context_tokens.values(), default=UNKNOWN_CONTEXT_TOKENS)
        return Capabilities(self._slots, window, loads=True)

    def embed(self, model: str, texts: Sequence[str], patience: Patience) -> Generator[Piece | Vectors, None, None]:
        """Yield empty pieces, and one vector per text as the last; `tasks.services.Engine` says more."""
        asked = self._asked("/api/embed", model)
        body = {"model": asked.model, "input": [clean(text) for text in texts], "truncate": False}
        reply = yield from fetching(asked, self._post(asked, {**body, **self._pinned(model)}), patience)
        said = json_of(asked, accepted(asked, reply, failures.from_embedding).body)
        yield vectors.ollama(asked, said, len(texts))

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Yield the answer as it comes; `tasks.services.Engine` says what can be relied on."""
        if chat.adapter:
            raise self._no_adapter(chat.model, chat.adapter)
        asked = self._asked("/api/chat", chat.model)
        yield from stream(asked, self._post(asked, self._body(chat)), patience, OLLAMA)

    def _body(self, chat: Chat) -> dict[str, Any]:
        pinned = self._pinned(chat.model)
        return {
            "model": self._its_name(chat.model),
            "messages": ollama_bodies.messages_of(chat),
            "stream": True,
            **pinned,
            **ollama_bodies.asked_of(chat),
            "options": {**ollama_bodies.options_of(chat.sampling), **pinned["options"]},
        }

    def _residency(self, model: str, keep_alive: int) -> dict[str, Any]:
        """Return the request that loads a model, or unloads it: one without a message."""
        return {
            "model": self._its_name(model),
            "messages": [],
            "stream": False,
            **self._pinned(model),
            "keep_alive": keep_alive,
        }

    def _pinned(self, model: str) -> dict[str, Any]:
        """Return what must be equal in every request for a model: Ollama loads it again for another runner."""
        window = self._context_tokens.get(model)
        return {
            "keep_alive": FOR_EVER,
            # A prompt that is too long is refused, as everywhere else; Ollama would cut it without a word.
            "truncate": False,
            "shift": False,
            "options": {"num_ctx": window} if window else {},
        }

    def _stays(self, model: str) -> bool:
        """Return whether `model` is in memory with its window, and for ever."""
        window = self._context_tokens.get(model)
        return any(
            (window is None or entry.get("context_length", window) == window) and _is_far(entry.get("expires_at"))
            for entry in self._entries_of(model)
        )

    def _running(self) -> list[Mapping[str, Any]]:
        models = self._get("/api/ps").get("models")
        if not isinstance(models, list):
            raise EngineUnavailable(f"{self.base_url}/api/ps holds no list", next_step="check that this is Ollama")
        return [entry for entry in models if isinstance(entry, dict) and entry.get("name")]

    def _entries_of(self, model: str) -> list[Mapping[str, Any]]:
        its = _with_tag(self._its_name(model))
        return [entry for entry in self._running() if _with_tag(str(entry["name"])) == its]

    def _our_name(self, entry: Mapping[str, Any]) -> str:
        its = str(entry["name"])
        ours = {_with_tag(name): our for our, name in self._model_names.items()}
        return ours.get(_with_tag(its), its.removesuffix(DEFAULT_TAG))

    def _asked(self, path: str, model: str = "") -> Asked:
        its = self._its_name(model)
        return Asked(self.base_url + path, its, frozenset({_with_tag(its)} if its else ()), self._api_key)

    def _post(self, asked: Asked, body: Mapping[str, Any]) -> Request:
        return Request("POST", asked.url, body, self._headers)

    def _no_adapter(self, model: str, adapter: str) -> EngineRejected:
        return EngineRejected(
            f"{self.base_url} cannot put adapter {adapter!r} on model {model!r}: to Ollama that is a model of its own",
            next_step="make one with `ollama create`, and give it a [[model]] of its own",
        )


def _with_tag(name: str) -> str:
    """Return the whole name: `llama3.2` is short for `llama3.2:latest`."""
    return name if ":" in name.rpartition("/")[2] else name + DEFAULT_TAG


def _is_far(expires_at: object) -> bool:
    try:
        return datetime.fromisoformat(str(expires_at)) - datetime.now(UTC) > LONG
    except (ValueError, TypeError, OverflowError):
        return True  # an Ollama that does not say when, or says it in a way of its own
