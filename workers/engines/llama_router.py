"""A client for llama-server as a router: started without a model, it runs a llama-server of its own for each.

Which of them are in memory is decided here: every request says `autoload=false`, because the router's own choice lets
steady work for one model keep the others out.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from tasks.contracts.errors import EngineRejected, EngineStalled, EngineUnavailable, ModelLoadFailed, OutOfMemory
from tasks.services import Capabilities, Chat, Completion, Patience, Piece, Vectors
from workers.engines import failures
from workers.engines.bodies import narrowed
from workers.engines.chunks import count_of, mapping_of
from workers.engines.exchange import accepted, ask, fetch
from workers.engines.failures import Asked
from workers.engines.loading import GIB, LoadingEngine
from workers.engines.probe import probe
from workers.engines.streaming import meanwhile
from workers.engines.wire import Request

UNLOAD_S = 30.0  # it gives a model ten seconds to end what it says
POLL_S = 0.05
ALREADY = b"already running", b"not running"  # the two refusals that say: it is as you wish
#: How a process ends that the system killed: for its memory, as good as always.
KILLED = frozenset({-9, 9, 137})
#: Others are on the way to the first: loading, downloading.
LOADED, SLEEPING, UNLOADED = "loaded", "sleeping", "unloaded"
NOWHERE = ""
NO_AUTOLOAD = "autoload=false"
Entry = Mapping[str, Any]


class LlamaRouterEngine(LoadingEngine):
    """One router. `slots` counts until a model is loaded: then its own server says how many it has."""

    def list_resident(self) -> list[str]:
        """Return the models that are in memory. One that sleeps is not: it gave its memory back."""
        return [self._our_name(its) for its, entry in self._models().items() if _status(entry) == LOADED]

    def sizes_gib(self) -> Mapping[str, float]:
        """Return what those take whose server tells."""
        loaded = {its: entry for its, entry in self._models().items() if _status(entry) == LOADED}
        sizes = {self._our_name(its): _size_bytes(entry) for its, entry in loaded.items()}
        return {name: size / GIB for name, size in sizes.items() if size}

    def ensure_loaded(self, model: str) -> None:
        """Load `model` unless it is there; returns once it can answer.

        Raises:
            ModelLoadFailed, OutOfMemory: its process ended, or was not ready in time.
            EngineRejected: the router knows no such model, in its sources neither.
        """
        gives_up_s = time.monotonic() + self._load_s
        with self._loading:
            status = _status(self._entry(model))
            if status == SLEEPING:
                probe(self, model, self._load_s)  # nothing but a request wakes it
            elif status != LOADED:
                self._load(model, gives_up_s)

    def unload(self, model: str) -> None:
        """Free the memory of `model`; returns once its process is gone.

        Raises:
            EngineStalled: it is still there after half a minute.
        """
        gives_up_s = time.monotonic() + UNLOAD_S
        if self._its_name(model) not in self._models():
            return
        self._order("unload", model)
        while _status(self._models().get(self._its_name(model), {})) not in (UNLOADED, NOWHERE):
            if time.monotonic() > gives_up_s:
                raise EngineStalled(
                    f"{self.base_url} holds model {self._its_name(model)!r} {UNLOAD_S:g} s after it was told to unload",
                    next_step="look into the log of llama-server",
                )
            time.sleep(POLL_S)

    def capabilities(self) -> Capabilities:
        """Return the slots and the window of the models in memory, the least of each; what it was made with if none."""
        told = [self._props(its) for its, entry in self._models().items() if _status(entry) == LOADED]
        slots = min((slots for slots, _ in told if slots), default=self._slots)
        window = min((window for _, window in told if window), default=super().capabilities().context_tokens)
        return Capabilities(slots, window, loads=True)

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Yield the answer as it comes; a model that is not in memory is loaded first."""
        if not chat.adapter:
            yield from self._brought_in(chat.model, patience)
        yield from super().chat_stream(chat, patience)

    def embed(self, model: str, texts: Sequence[str], patience: Patience) -> Generator[Piece | Vectors, None, None]:
        """Yield empty pieces, and one vector per text as the last; a model that is not in memory is loaded first."""
        yield from self._brought_in(model, patience)
        yield from super().embed(model, texts, patience)

    def _body(self, chat: Chat) -> dict[str, Any]:
        return super()._body(narrowed(chat))

    def _brought_in(self, model: str, patience: Patience) -> Generator[Piece, None, None]:
        """Load a model that is neither there nor on its way; one that the router does not know is its to refuse."""
        there = _status(self._models().get(self._its_name(model), {}))
        if there not in (LOADED, SLEEPING, NOWHERE):
            yield from meanwhile(lambda: self.ensure_loaded(model), patience)

    def _load(self, model: str, gives_up_s: float) -> None:
        self._order("load", model)
        while (status := _status(entry := self._entry(model))) != LOADED:
            if status == UNLOADED:
                raise self._failed(model, entry)
            if time.monotonic() > gives_up_s:
                self._order("unload", model)
                raise ModelLoadFailed(
                    f"{self.base_url} did not load model {self._its_name(model)!r} within {self._load_s:g} s",
                    next_step="raise jobs.load_timeout_s if it is that large; else look into the log of llama-server",
                )
            time.sleep(POLL_S)

    def _failed(self, model: str, entry: Entry) -> ModelLoadFailed | OutOfMemory:
        said = entry.get("status")
        code = said.get("exit_code") if isinstance(said, dict) else None
        what = f"{self.base_url} could not load model {self._its_name(model)!r}: its process ended with code {code}"
        if code in KILLED:
            return OutOfMemory(what, next_step="give this host smaller models, or fewer of them at a time")
        return ModelLoadFailed(what, next_step="look into the log of llama-server: it says what is wrong with the file")

    def _order(self, what: str, model: str) -> None:
        """Have the router load or unload a model. It answers before that is done, and refuses what is done already."""
        asked = self._asked(f"/models/{what}", model)
        request = Request("POST", asked.url, {"model": asked.model}, self._headers)
        reply = fetch(asked, request, self._call_s)
        if reply.status != HTTPStatus.BAD_REQUEST or not any(word in reply.body for word in ALREADY):
            accepted(asked, reply, failures.from_load)

    def _entry(self, model: str) -> Entry:
        """Return what the router says of a model; one that is new in its folder is seen when it looks again."""
        its = self._its_name(model)
        found = self._models().get(its) or self._models("?reload=1").get(its)
        if found is None:
            raise EngineRejected(
                f"{self.base_url} does not list model {its!r}",
                next_step="put its file into the folder of llama-server, or name it in the fleet file as that does",
            )
        return found

    def _models(self, query: str = "") -> dict[str, Entry]:
        data = self._get(f"/models{query}").get("data")
        if not isinstance(data, list):
            raise EngineUnavailable(f"{self.base_url}/models holds no list", next_step="check the engine's address")
        entries = [entry for entry in data if isinstance(entry, dict) and "id" in entry]
        if entries and not any("status" in entry for entry in entries):
            raise EngineUnavailable(
                f"{self.base_url} is no router: its models have no status",
                next_step="leave out router+ in `engine`, if it is a llama-server with one model",
            )
        return {str(entry["id"]): entry for entry in entries}

    def _props(self, its: str) -> tuple[int, int]:
        """Return the slots and the window of a model's own server; 0 where it does not say."""
        asked = self._asked("/props")
        query = f"?{NO_AUTOLOAD}&{urlencode({'model': its})}"
        said = ask(asked, Request("GET", asked.url + query, None, self._headers), self._call_s)
        settings = mapping_of(said.get("default_generation_settings"))
        return count_of(said.get("total_slots")), count_of(settings.get("n_ctx"))

    def _asked(self, path: str, model: str = "") -> Asked:
        loads_nothing = f"{path}?{NO_AUTOLOAD}" if path.startswith("/v1/") else path
        return super()._asked(loads_nothing, model)

    def _our_name(self, its: str) -> str:
        return next((our for our, name in self._model_names.items() if name == its), its)


def _status(entry: Entry) -> str:
    status = entry.get("status")
    return str(status.get("value", "")) if isinstance(status, dict) else ""


def _size_bytes(entry: Entry) -> int:
    return count_of(mapping_of(entry.get("meta")).get("size"))
