"""A client for vLLM: one base model to a process, LoRA adapters that come and go, and sleep where it was allowed.

Whether a server takes adapters (VLLM_ALLOW_RUNTIME_LORA_UPDATING=1) and whether it sleeps (VLLM_SERVER_DEV_MODE=1 and
--enable-sleep-mode) is asked, not assumed. Asleep, a model's weights wait in main memory: that is what unloading is.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Collection, Generator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from tasks.contracts.engines import SAFETENSORS
from tasks.contracts.errors import EngineError, EngineRejected, EngineStalled, ModelLoadFailed
from tasks.services import Capabilities, Chat, Completion, Patience, Piece, Vectors
from workers.engines import failures
from workers.engines.exchange import Reply, accepted, fetch, json_of
from workers.engines.failures import Asked
from workers.engines.loading import LoadingEngine
from workers.engines.probe import probe
from workers.engines.streaming import meanwhile, stream
from workers.engines.wire import Request

ADAPTER_S = 60.0
SLEEP_S = 60.0  # the weights go over to main memory
WEIGHTS_IN_MAIN_MEMORY = 1  # the level of sleep from which waking brings the same weights back
LOAD_ADAPTER, UNLOAD_ADAPTER = "/v1/load_lora_adapter", "/v1/unload_lora_adapter"
IS_SLEEPING = "/is_sleeping"
RUNNING, WAITING = "vllm:num_requests_running", "vllm:num_requests_waiting"
VERSION_CHARS = 8
_VERSION = re.compile(rf"@[0-9a-f]{{{VERSION_CHARS}}}$")


class VllmEngine(LoadingEngine):
    """One vLLM. `slots` is how many answers are asked of it at a time; it takes as many as fit, and tells no number."""

    def list_resident(self) -> list[str]:
        """Return the base model under our name, unless it sleeps. Adapters ride on it and are no models."""
        return [] if self._asleep() else [self._our_name(its) for its in self._bases()]

    def ensure_loaded(self, model: str) -> None:
        """Wake `model` if it sleeps, and have it say one token: vLLM lists it, and is well, with a dead engine too.

        Raises:
            ModelLoadFailed, OutOfMemory: it does not wake, or not in time.
            EngineError: it is awake and does not answer.
            EngineRejected: this vLLM serves another model.
        """
        super().ensure_loaded(model)
        with self._loading:
            if self._asleep():
                self._wake(model)
            probe(self, model, self._load_s)

    def unload(self, model: str) -> None:
        """Put `model` to sleep; another model, and one that sleeps, is left alone.

        Raises:
            EngineRejected: it is there, and this vLLM does not offer sleep.
        """
        if not self._has(IS_SLEEPING):
            super().unload(model)
        elif model in self.list_resident():
            asked = self._asked(f"/sleep?level={WEIGHTS_IN_MAIN_MEMORY}", model)
            accepted(asked, self._send(asked, {}, SLEEP_S))

    def load_adapter(self, model: str, adapter: str, path: str) -> None:
        """Put the adapter at `path` (a PEFT folder that the server can read) on `model`.

        Each path gets a name of its own at the server: under a name that it knew before, it would go on answering
        from what it computed with the old weights.

        Raises:
            ModelLoadFailed, OutOfMemory: the adapter cannot be loaded there.
            EngineRejected: the server takes no adapters, or serves another model.
        """
        super().ensure_loaded(model)
        if not self._has(LOAD_ADAPTER):
            raise self._no_adapter(model, adapter)
        before, name = self._versions(model, adapter), versioned(adapter, path)
        if name not in before:
            asked = self._asked(LOAD_ADAPTER, model)
            loaded = self._send(asked, {"lora_name": name, "lora_path": path}, ADAPTER_S)
            accepted(asked, loaded, failures.from_load)
        for old in before - {name}:
            self._drop(model, old)

    def unload_adapter(self, model: str, adapter: str) -> None:
        """Let an adapter go, in all its versions; one that is not there is left alone."""
        for its in self._versions(model, adapter):
            self._drop(model, its)

    def adapters(self, model: str) -> Collection[str]:
        """Return the adapters that ride on `model` now, under our names for them."""
        return {_VERSION.sub("", its) for its in self._riders(model)}

    def capabilities(self) -> Capabilities:
        """Return what the listing and the routes say."""
        return dataclasses.replace(
            super().capabilities(),
            formats=frozenset({SAFETENSORS}),
            hot_adapters=self._has(LOAD_ADAPTER),
            loads=self._has(IS_SLEEPING),
        )

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Yield the answer as it comes; a model that sleeps is woken first."""
        yield from self._awake(chat.model, patience)
        body = self._body(chat)
        asked = self._asked("/v1/chat/completions", chat.model)
        if chat.adapter:
            body["model"] = self._version(chat.model, chat.adapter)
            asked = Asked(asked.url, body["model"], secret=self._api_key)
        yield from stream(asked, Request("POST", asked.url, body, self._headers), patience)

    def embed(self, model: str, texts: Sequence[str], patience: Patience) -> Generator[Piece | Vectors, None, None]:
        """Yield empty pieces, and one vector per text as the last; a model that sleeps is woken first."""
        yield from self._awake(model, patience)
        yield from super().embed(model, texts, patience)

    def _drop(self, model: str, its: str) -> None:
        asked = self._asked(UNLOAD_ADAPTER, model)
        gone = self._send(asked, {"lora_name": its}, self._call_s)
        if gone.status != HTTPStatus.NOT_FOUND:
            accepted(asked, gone)

    def _awake(self, model: str, patience: Patience) -> Generator[Piece, None, None]:
        if self._asleep():
            yield from meanwhile(lambda: self.ensure_loaded(model), patience)

    def _wake(self, model: str) -> None:
        asked = self._asked("/wake_up", model)
        try:
            accepted(asked, self._send(asked, {}, self._load_s), failures.from_load)
        except EngineStalled as exc:
            raise self._woke_not(model) from exc
        if self._asleep():
            raise self._woke_not(model)

    def _woke_not(self, model: str) -> EngineError:
        return ModelLoadFailed(
            f"{self.base_url} did not wake model {self._its_name(model)!r} within {self._load_s:g} s",
            next_step="look into the log of vLLM; it may have to be started again",
        )

    def _version(self, model: str, adapter: str) -> str:
        """Return what the server calls the adapter now. Raises EngineRejected where it does not have it."""
        versions = self._versions(model, adapter)
        if not versions:
            raise EngineRejected(
                f"{self.base_url} has no adapter {adapter!r} on model {model!r}",
                next_step="load the adapter there first",
            )
        return max(versions)

    def _versions(self, model: str, adapter: str) -> set[str]:
        """Return the names of an adapter at the server: ours, or the very one, if somebody else loaded it."""
        return {its for its in self._riders(model) if its == adapter or its.startswith(f"{adapter}@")}

    def _riders(self, model: str) -> set[str]:
        return {its for its, entry in self._listing().items() if entry.get("parent") == self._its_name(model)}

    def _bases(self) -> dict[str, Mapping[str, Any]]:
        return {its: entry for its, entry in self._listing().items() if not entry.get("parent")}

    def _our_name(self, its: str) -> str:
        return next((our for our, name in self._model_names.items() if name == its), its)

    def _has(self, path: str) -> bool:
        """Return whether the server has this route: one that takes POST alone answers 405, one that is not there 404.

        Asked each time: a server may come back with other switches.
        """
        return self._see(self._asked(path)).status != HTTPStatus.NOT_FOUND

    def _asleep(self) -> bool:
        """Return whether the model sleeps. A server without that route never does."""
        asked = self._asked(IS_SLEEPING)
        reply = self._see(asked)
        if reply.status == HTTPStatus.NOT_FOUND:
            return False
        return json_of(asked, accepted(asked, reply).body).get("is_sleeping") is True

    def _see(self, asked: Asked) -> Reply:
        return fetch(asked, Request("GET", asked.url, None, self._headers), self._call_s)

    def _send(self, asked: Asked, body: Mapping[str, Any], total_s: float) -> Reply:
        return fetch(asked, Request("POST", asked.url, body, self._headers), total_s)


def versioned(adapter: str, path: str) -> str:
    """Return the name of the adapter that is at `path`, equal in every process.

    >>> versioned("pirate", "/adapters/pirate/0007")
    'pirate@c0b5d1d9'
    """
    return f"{adapter}@{hashlib.sha256(path.encode()).hexdigest()[:VERSION_CHARS]}"
