"""A client for LM Studio: its own protocol for what is in memory, OpenAI's for talking.

LM Studio loads a model that is asked something and is not in memory, with a window of its own choice, and may evict
another one for it. So a model is loaded here before it is asked, and asked by the name of its copy in memory.
Before 0.4 there is no way to load or to unload: there, asking is loading, and a model goes when its time is over.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from tasks.contracts.errors import EngineUnavailable, ModelLoadFailed
from tasks.services import Capabilities, Chat, Completion, Patience, Piece, Vectors
from workers.engines.bodies import schema_of
from workers.engines.exchange import accepted, ask, fetch, json_of, load
from workers.engines.failures import Asked, check_model
from workers.engines.lmstudio_models import Downloaded, read, read_v0
from workers.engines.loading import GIB, LoadingEngine
from workers.engines.openai_compat import EMBEDDINGS, UNKNOWN_CONTEXT_TOKENS
from workers.engines.streaming import meanwhile, stream
from workers.engines.wire import Request

UNLOAD_S = 60.0
KEPT_S = 30 * 60  # how long LM Studio before 0.4 keeps a model that nobody asks
MODELS, MODELS_V0 = "/api/v1/models", "/api/v0/models"
CHAT = "/v1/chat/completions"


class LMStudioEngine(LoadingEngine):
    """One LM Studio. `context_tokens` is the window that each of our models gets, by our names.

    `slots` is its "Max Concurrent Predictions", for as long as no model is there that tells it.
    """

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self._ours: set[str] = set()  # copies that were loaded from here: their window is as large as it gets

    def list_resident(self) -> list[str]:
        """Return the models that are in memory; those of others under LM Studio's names."""
        return [self._our_name(model.key) for model in self._models()[0] if model.instances]

    def sizes_gib(self) -> Mapping[str, float]:
        """Return what the weights take of each model in memory; before 0.4 it does not say."""
        return {
            self._our_name(model.key): model.size_bytes * len(model.instances) / GIB
            for model in self._models()[0]
            if model.instances and model.size_bytes
        }

    def ensure_loaded(self, model: str) -> None:
        """Have one copy of `model` in memory whose window is large enough; one that is there is used.

        Raises:
            ModelLoadFailed, OutOfMemory: LM Studio could not, or has no such model.
        """
        with self._loading:
            found, manages = self._find(model)
            if found.instance(self._window(model)) or any(each.id in self._ours for each in found.instances):
                return
            if manages:
                self._load(model, found)
            else:
                self._have_it_loaded(model)

    def unload(self, model: str) -> None:
        """Free the memory of all copies of `model`.

        Raises:
            EngineRejected: this is LM Studio before 0.4, which cannot be asked to.
        """
        models, manages = self._models()
        copies = [each for found in models if found.key == self._its_name(model) for each in found.instances]
        if copies and not manages:
            super().unload(model)
        for each in copies:
            self._unload(each.id)

    def capabilities(self) -> Capabilities:
        """Return what the models say that are in memory, and what it was made with where there are none."""
        models, manages = self._models()
        ours = set(self._model_names.values()) or {model.key for model in models}
        copies = [each for model in models if model.key in ours for each in model.instances]
        asked_for = min(self._context_tokens.values(), default=UNKNOWN_CONTEXT_TOKENS)
        return Capabilities(
            slots=min((each.slots for each in copies if each.slots), default=self._slots),
            context_tokens=min((each.context_tokens for each in copies if each.context_tokens), default=asked_for),
            formats=frozenset({"gguf", *(model.format for model in models if model.format)}),
            loads=manages,
        )

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Yield the answer as it comes; a model that is not in memory is loaded first."""
        if chat.adapter:
            raise self._no_adapter(chat.model, chat.adapter)
        asked, manages, left = yield from self._ready(CHAT, chat.model, patience)
        body = {**self._body(chat), "model": asked.model, **({} if manages else {"ttl": KEPT_S})}
        yield from stream(asked, Request("POST", asked.url, body, self._headers), left)

    def embed(self, model: str, texts: Sequence[str], patience: Patience) -> Generator[Piece | Vectors, None, None]:
        """Yield empty pieces, and one vector per text as the last; a model that is not in memory is loaded first."""
        asked, _, left = yield from self._ready(EMBEDDINGS, model, patience)
        yield from self._embedding(asked, texts, left)

    def _body(self, chat: Chat) -> dict[str, Any]:
        """Return the request; LM Studio knows JSON by a schema alone, so that of any object is any JSON to it."""
        body = super()._body(chat)
        if chat.response_format and chat.response_format.get("type") == "json_object":
            schema = {"name": "any_object", "schema": schema_of(chat.response_format)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body

    def _ready(self, path: str, model: str, patience: Patience) -> Generator[Piece, None, tuple[Asked, bool, Patience]]:
        """Return how to ask for `model`, in memory now; whether it could be loaded; and the patience that is left."""
        began_s = time.monotonic()
        name, manages = yield from meanwhile(lambda: self._copy(model), patience)
        left = replace(patience, total_s=patience.total_s - (time.monotonic() - began_s))
        asked = Asked(self.base_url + path, name, frozenset({self._its_name(model)}), self._api_key)
        return asked, manages, left

    def _copy(self, model: str) -> tuple[str, bool]:
        """Return by what name to ask for `model`, loaded if need be, and whether it could be loaded."""
        found, manages = self._find(model)
        if manages and not found.instances:
            self.ensure_loaded(model)
            found, _ = self._find(model)
        # Others may be talking to a copy with too small a window: it is replaced by `ensure_loaded` alone.
        copies = [each for each in (found.instance(self._window(model)), *found.instances) if each]
        return (copies[0].id if copies else found.key), manages

    def _load(self, model: str, found: Downloaded) -> None:
        for small in found.instances:  # with too small a window, and a second copy would take twice the memory
            self._unload(small.id)
        window = self._window(model)
        asked = self._asked(MODELS + "/load", model)
        body = {"model": asked.model, **({"context_length": window} if window else {})}
        said = load(asked, Request("POST", asked.url, body, self._headers), self._load_s)
        after, _ = self._find(model)
        if not after.instances:
            raise self._not_there(asked.model, f"said {said.get('status')!r}, and does not list it as loaded")
        ours = str(said.get("instance_id"))
        if ours != after.instances[0].id and len(after.instances) > 1:
            self._unload(ours)  # somebody else loaded it at the same moment
        self._ours.add(ours)

    def _have_it_loaded(self, model: str) -> None:
        """Ask for one word: what LM Studio before 0.4 has instead of a request to load."""
        asked = self._asked(CHAT, model)
        messages = [{"role": "user", "content": "Hi"}]
        body = {"model": asked.model, "messages": messages, "max_tokens": 1, "ttl": KEPT_S}
        check_model(asked, load(asked, Request("POST", asked.url, body, self._headers), self._load_s).get("model"))

    def _unload(self, instance: str) -> None:
        asked = self._asked(MODELS + "/unload")
        reply = fetch(asked, Request("POST", asked.url, {"instance_id": instance}, self._headers), UNLOAD_S)
        if reply.status != HTTPStatus.NOT_FOUND:  # somebody else was quicker
            accepted(asked, reply)

    def _window(self, model: str) -> int:
        return self._context_tokens.get(model, 0)

    def _find(self, model: str) -> tuple[Downloaded, bool]:
        """Return a model, and whether it can be loaded and unloaded on request."""
        models, manages = self._models()
        for found in models:
            if found.key == self._its_name(model):
                return found, manages
        raise self._not_there(self._its_name(model), f"has only {sorted(found.key for found in models)}")

    def _models(self) -> tuple[list[Downloaded], bool]:
        """Return all models that LM Studio has, and whether they can be loaded and unloaded on request."""
        asked = self._asked(MODELS)
        reply = fetch(asked, Request("GET", asked.url, None, self._headers), self._call_s)
        # An older one answers 404, or 200 with an error in it.
        if reply.status != HTTPStatus.NOT_FOUND:
            models = read(json_of(asked, accepted(asked, reply).body))
            if models is not None:
                return models, True
        asked = self._asked(MODELS_V0)
        older = read_v0(ask(asked, Request("GET", asked.url, None, self._headers), self._call_s))
        if older is None:
            raise EngineUnavailable(f"{asked.url} holds no list of models", next_step="check that this is LM Studio")
        return older, False

    def _our_name(self, key: str) -> str:
        return next((our for our, its in self._model_names.items() if its == key), key)

    def _not_there(self, its: str, why: str) -> ModelLoadFailed:
        return ModelLoadFailed(
            f"{self.base_url} was asked for model {its!r} and {why}",
            next_step="download it there, or write its key as an alias of the model in rookery.toml",
        )
