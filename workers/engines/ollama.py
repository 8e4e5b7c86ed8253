"""A client for Ollama, in its own protocol: its OpenAI-compatible one has no word for how long a model stays.

What is in memory is decided here and not there: every request says that the model stays until we unload it, and asks
for the same window as the load did, because another one would make Ollama load the model again.

An adapter is a model of its own to Ollama, made of its base and a file, and takes memory like one. To us it is a part
of its base: it is in no list of models, and goes with its base.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tasks.contracts.errors import EngineRejected, EngineStalled, EngineUnavailable, ModelLoadFailed, OutOfMemory
from tasks.services import Capabilities, Chat, Completion, Patience, Piece, Vectors
from workers.engines import failures, ollama_bodies, ollama_making, vectors
from workers.engines.chunks import clean
from workers.engines.exchange import accepted, ask, fetching, json_of, load
from workers.engines.failures import Asked
from workers.engines.loading import GIB, LoadingEngine
from workers.engines.ollama_chunks import OLLAMA
from workers.engines.ollama_names import DEFAULT_TAG, adapter_of, made_of, with_tag
from workers.engines.openai_compat import UNKNOWN_CONTEXT_TOKENS
from workers.engines.streaming import stream
from workers.engines.wire import Request

UNLOAD_S = 30.0  # what is being answered ends first
POLL_S = 0.05
FOR_EVER = -1  # of keep_alive; a number of seconds or "10m" otherwise, and 0 is at once
#: A model that is to stay for longer than this stays for ever: Ollama writes that as a date some centuries away.
LONG = timedelta(days=365)


class OllamaEngine(LoadingEngine):
    """One Ollama. `context_tokens` is the window that each of our models gets, by our names.

    `slots` is its OLLAMA_NUM_PARALLEL, which it does not tell.
    """

    def list_resident(self) -> list[str]:
        """Return the models that are in memory; those of others under Ollama's names. Adapters are no models."""
        return [self._our_name(entry) for entry in self._bases()]

    def sizes_gib(self) -> Mapping[str, float]:
        """Return what each takes: on the GPU, or in all where nothing of it is on one."""
        return {self._our_name(entry): size for entry in self._bases() if (size := _gib(entry)) is not None}

    def ensure_loaded(self, model: str) -> None:
        """Load `model` unless it is there, with its window, to stay.

        Raises:
            ModelLoadFailed, OutOfMemory: Ollama could not.
            EngineRejected: it has no such model.
        """
        with self._loading:
            if self._stays(model, self._its_name(model)):
                return
            self._load(model, self._its_name(model))

    def unload(self, model: str) -> None:
        """Free the memory of `model` and of all adapters on it; returns once Ollama does not list it any more.

        Raises:
            EngineStalled: it is still there after half a minute: somebody else's answer takes that long.
        """
        for adapter in self.adapters(model):
            self.unload_adapter(model, adapter)
        self._unload(model, self._its_name(model))

    def load_adapter(self, model: str, adapter: str, path: str) -> None:
        """Have `adapter`, in the GGUF file at `path`, answer on top of `model`: make a model of both, and load that.

        Where Ollama lets another one of ours go for it, it is unloaded, and the other one is loaded again.

        Raises:
            EngineRejected: this Ollama takes no adapters, or not this one.
            ModelLoadFailed: it could not be loaded.
            OutOfMemory: there is no memory for it beside the others.
        """
        its = self._made_of(model, adapter)
        with self._loading:
            if with_tag(its) not in self._listed():
                ollama_making.make(self.base_url, self._headers, self._api_key, its, self._its_name(model), Path(path))
            before = self._ours()
            try:
                if not self._stays(model, its):
                    self._load(model, its)
            finally:
                gone = before.keys() - self._ours().keys()
                if gone:
                    self._unload(model, its)
                for other in sorted(gone):
                    self._load(before[other], other)
        if gone:
            raise OutOfMemory(
                f"{self.base_url} let {', '.join(sorted(gone))} go for {its!r}: there is no memory for both",
                next_step="give the host more memory, or raise OLLAMA_MAX_LOADED_MODELS there",
            )

    def unload_adapter(self, model: str, adapter: str) -> None:
        """Free the memory of an adapter; one that is not there is left alone. Raises EngineStalled as `unload` does."""
        self._unload(model, self._made_of(model, adapter))

    def delete_adapter(self, model: str, adapter: str) -> None:
        """Take what was made of an adapter off Ollama's disk; its base stays."""
        its = self._made_of(model, adapter)
        ollama_making.drop(self.base_url, self._headers, self._api_key, its, self._call_s)

    def adapters(self, model: str) -> Collection[str]:
        """Return the adapters on `model` that are in memory."""
        return self.adapters_gib(model).keys()

    def adapters_gib(self, model: str) -> Mapping[str, float]:
        """Return what the adapters on `model` take that are in memory: as much as the model itself, and a bit."""
        base = self._its_name(model)
        found = {adapter_of(base, str(entry["name"])): _gib(entry) or 0.0 for entry in self._running()}
        return {adapter: gib for adapter, gib in found.items() if adapter}

    def made_adapters(self, model: str) -> Collection[str]:
        """Return the adapters on `model` that Ollama has on its disk."""
        base = self._its_name(model)
        return {adapter for name in self._listed() if (adapter := adapter_of(base, name))}

    def head_of(self, model: str) -> Mapping[str, str | int]:
        """Return the texts and whole numbers that the file of `model` begins with."""
        asked = self._asked("/api/show", model)
        said = ask(asked, self._post(asked, {"model": asked.model}), self._call_s).get("model_info")
        told = said if isinstance(said, dict) else {}
        return {name: value for name, value in told.items() if isinstance(value, str | int)}

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
        its = self._its_name(chat.model)
        if chat.adapter:
            its = self._made_of(chat.model, chat.adapter)
            if chat.adapter not in self.adapters(chat.model):
                raise self._no_adapter(chat.model, chat.adapter)
        asked = self._asked_as("/api/chat", its)
        yield from stream(asked, self._post(asked, self._body(chat, its)), patience, OLLAMA)

    def _load(self, model: str, its: str) -> None:
        """Load what Ollama calls `its`: `model`, or an adapter on it, which is pinned as that is."""
        asked = self._asked_as("/api/chat", its)
        load(asked, self._post(asked, self._residency(model, its, FOR_EVER)), self._load_s)
        if not self._entries_of(its):
            raise ModelLoadFailed(
                f"{self.base_url} said that it loaded {its!r}, and does not list it as running",
                next_step="look into the log of Ollama; is somebody else unloading models there?",
            )

    def _unload(self, model: str, its: str) -> None:
        if not self._entries_of(its):
            return
        asked = self._asked_as("/api/chat", its)
        ask(asked, self._post(asked, self._residency(model, its, 0)), self._call_s)
        gives_up_s = time.monotonic() + UNLOAD_S
        while self._entries_of(its):
            if time.monotonic() > gives_up_s:
                raise EngineStalled(
                    f"{self.base_url} holds model {its!r} for {UNLOAD_S:g} s after it was told to unload it",
                    next_step="see with `ollama ps` who uses it",
                )
            time.sleep(POLL_S)

    def _body(self, chat: Chat, its: str = "") -> dict[str, Any]:
        pinned = self._pinned(chat.model)
        return {
            "model": its or self._its_name(chat.model),
            "messages": ollama_bodies.messages_of(chat),
            "stream": True,
            **pinned,
            **ollama_bodies.asked_of(chat),
            "options": {**ollama_bodies.options_of(chat.sampling), **pinned["options"]},
        }

    def _residency(self, model: str, its: str, keep_alive: int) -> dict[str, Any]:
        """Return the request that loads a model, or unloads it: one without a message."""
        return {
            "model": its,
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

    def _stays(self, model: str, its: str) -> bool:
        """Return whether what Ollama calls `its` is in memory with the window of `model`, and for ever."""
        window = self._context_tokens.get(model)
        return any(
            (window is None or entry.get("context_length", window) == window) and _is_far(entry.get("expires_at"))
            for entry in self._entries_of(its)
        )

    def _running(self) -> list[Mapping[str, Any]]:
        models = self._get("/api/ps").get("models")
        if not isinstance(models, list):
            raise EngineUnavailable(f"{self.base_url}/api/ps holds no list", next_step="check that this is Ollama")
        return [entry for entry in models if isinstance(entry, dict) and entry.get("name")]

    def _bases(self) -> list[Mapping[str, Any]]:
        """Return what is in memory and is no adapter on a model of ours."""
        ours = self._model_names.values()
        return [e for e in self._running() if not any(adapter_of(base, str(e["name"])) for base in ours)]

    def _ours(self) -> dict[str, str]:
        """Return what is in memory of our models and of adapters on them, by Ollama's names, and which model it is."""
        return {
            name: our
            for entry in self._running()
            for our, base in self._model_names.items()
            if with_tag(name := str(entry["name"])) == with_tag(base) or adapter_of(base, name)
        }

    def _listed(self) -> set[str]:
        """Return all models on Ollama's disk, by their whole names."""
        models = self._get("/api/tags").get("models")
        entries = models if isinstance(models, list) else []
        return {with_tag(str(entry.get("name"))) for entry in entries if isinstance(entry, dict)}

    def _entries_of(self, its: str) -> list[Mapping[str, Any]]:
        return [entry for entry in self._running() if with_tag(str(entry["name"])) == with_tag(its)]

    def _our_name(self, entry: Mapping[str, Any]) -> str:
        its = str(entry["name"])
        ours = {with_tag(name): our for our, name in self._model_names.items()}
        return ours.get(with_tag(its), its.removesuffix(DEFAULT_TAG))

    def _asked(self, path: str, model: str = "") -> Asked:
        return self._asked_as(path, self._its_name(model))

    def _asked_as(self, path: str, its: str) -> Asked:
        return Asked(self.base_url + path, its, frozenset({with_tag(its)} if its else ()), self._api_key)

    def _post(self, asked: Asked, body: Mapping[str, Any]) -> Request:
        return Request("POST", asked.url, body, self._headers)

    def _made_of(self, model: str, adapter: str) -> str:
        """Return what an adapter on `model` is called. Raises EngineRejected where no name of Ollama's can say it."""
        if its := made_of(self._its_name(model), adapter):
            return its
        raise EngineRejected(
            f"{self.base_url} cannot have an adapter that is called {adapter!r}: none of its names can say that",
            next_step="give the persona a shorter name",
        )

    def _no_adapter(self, model: str, adapter: str) -> EngineRejected:
        return EngineRejected(
            f"{self.base_url} has no adapter {adapter!r} on model {model!r} in memory",
            next_step="load the adapter there first",
        )


def _gib(entry: Mapping[str, Any]) -> float | None:
    size = entry.get("size_vram") or entry.get("size")
    return size / GIB if isinstance(size, int) else None


def _is_far(expires_at: object) -> bool:
    try:
        return datetime.fromisoformat(str(expires_at)) - datetime.now(UTC) > LONG
    except (ValueError, TypeError, OverflowError):
        return True  # an Ollama that does not say when, or says it in a way of its own
