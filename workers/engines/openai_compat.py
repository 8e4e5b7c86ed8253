"""A client for any server that speaks OpenAI's HTTP, made to be relied on even when the server cannot be."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from tasks.contracts.errors import EngineRejected, EngineUnavailable
from tasks.services import Capabilities, Chat, Completion, Patience, Piece, Vectors
from workers.engines import bodies, failures, vectors
from workers.engines.chunks import clean
from workers.engines.exchange import accepted, ask, fetching, json_of
from workers.engines.failures import Asked
from workers.engines.streaming import stream
from workers.engines.wire import Request

CHAT, EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"
CALL_S = 10.0  # for what a server answers from memory
UNKNOWN_CONTEXT_TOKENS = 4096  # assumed of a server that does not say
Names = Mapping[str, str]


class OpenAICompatEngine:
    """One OpenAI-compatible server. `model_names` says what it calls our models; a name not in it is the same there.

    `also_answers_as` lists, by our name, further names that an answer may carry (a dated release, a path). `slots` is
    how many requests the server works on at a time: OpenAI's HTTP has no word for it. `call_s` is how long it may take
    over what it answers from memory.
    """

    def __init__(
        self,
        base_url: str,
        model_names: Names | None = None,
        *,
        also_answers_as: Mapping[str, frozenset[str]] | None = None,
        api_key: str = "",
        slots: int = 1,
        cloud: bool = False,
        call_s: float = CALL_S,
    ) -> None:
        self.base_url = base_url.rstrip("/").removesuffix("/v1")
        self._model_names = dict(model_names or {})
        self._also_answers_as = dict(also_answers_as or {})
        self._api_key = api_key
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._slots = slots
        self._cloud = cloud
        self._call_s = call_s

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def list_resident(self) -> list[str]:
        """Return the models that the server lists, under our names where we have one."""
        ours = {its: our for our, its in self._model_names.items()}
        return [ours.get(its, its) for its in self._listing()]

    def sizes_gib(self) -> Mapping[str, float]:
        """Return nothing: OpenAI's HTTP does not say what a model weighs."""
        return {}

    def ensure_loaded(self, model: str) -> None:
        """Check that the server lists `model`: OpenAI's HTTP cannot ask for more.

        Raises:
            EngineRejected: it does not.
        """
        listed = self._listing()
        if self._its_name(model) not in listed:
            raise EngineRejected(
                f"{self.base_url} does not list model {self._its_name(model)!r}, only {sorted(listed)}",
                next_step="load it there, or name it in the fleet file as the server does",
            )

    def unload(self, model: str) -> None:
        """Leave a model alone that is not listed.

        Raises:
            EngineRejected: it is listed, and OpenAI's HTTP has no way to unload it.
        """
        if self._its_name(model) in self._listing():
            raise EngineRejected(
                f"{self.base_url} cannot be asked to unload model {self._its_name(model)!r}",
                next_step="unload it at the server itself",
            )

    def load_adapter(self, model: str, adapter: str, path: str) -> None:
        """Refuse: OpenAI's HTTP has no adapters."""
        raise self._no_adapter(model, adapter)

    def capabilities(self) -> Capabilities:
        """Return what the listing says: vLLM and llama.cpp name the length of the context there."""
        lengths = [length for entry in self._listing().values() if (length := _context_tokens(entry)) > 0]
        return Capabilities(
            slots=self._slots, context_tokens=min(lengths, default=UNKNOWN_CONTEXT_TOKENS), cloud=self._cloud
        )

    def embed(self, model: str, texts: Sequence[str], patience: Patience) -> Generator[Piece | Vectors, None, None]:
        """Yield empty pieces, and one vector per text as the last; `tasks.services.Engine` says more."""
        yield from self._embedding(self._asked(EMBEDDINGS, model), texts, patience)

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Yield the answer as it comes; `tasks.services.Engine` says what can be relied on."""
        if chat.adapter:
            raise self._no_adapter(chat.model, chat.adapter)
        asked = self._asked(CHAT, chat.model)
        yield from stream(asked, Request("POST", asked.url, self._body(chat), self._headers), patience)

    def _embedding(
        self, asked: Asked, texts: Sequence[str], patience: Patience
    ) -> Generator[Piece | Vectors, None, None]:
        body = {"model": asked.model, "input": [clean(text) for text in texts], "encoding_format": "float"}
        reply = yield from fetching(asked, Request("POST", asked.url, body, self._headers), patience)
        said = json_of(asked, accepted(asked, reply, failures.from_embedding).body)
        yield vectors.openai(asked, said, len(texts))

    def _body(self, chat: Chat) -> dict[str, Any]:
        said = chat.sampling.model_dump(exclude_none=True)
        return {
            "model": self._its_name(chat.model),
            "messages": bodies.messages_of(chat),
            "stream": True,
            "stream_options": {"include_usage": True},
            # An empty list of stops is refused by some servers.
            **{key: value for key, value in said.items() if value != ()},
            **bodies.asked_of(chat),
        }

    def _asked(self, path: str, model: str = "") -> Asked:
        also = self._also_answers_as.get(model, frozenset())
        return Asked(self.base_url + path, self._its_name(model), also, self._api_key)

    def _its_name(self, model: str) -> str:
        return self._model_names.get(model, model)

    def _get(self, path: str) -> dict[str, Any]:
        asked = self._asked(path)
        return ask(asked, Request("GET", asked.url, None, self._headers), self._call_s)

    def _listing(self) -> dict[str, Mapping[str, Any]]:
        data = self._get("/v1/models").get("data")
        if not isinstance(data, list):
            raise EngineUnavailable(f"{self.base_url}/v1/models holds no list", next_step="check the engine's address")
        return {str(entry["id"]): entry for entry in data if isinstance(entry, dict) and "id" in entry}

    def _no_adapter(self, model: str, adapter: str) -> EngineRejected:
        return EngineRejected(
            f"{self.base_url} cannot put adapter {adapter!r} on model {model!r}",
            next_step="use an engine with adapters: vllm, or llamacpp with the adapter named at its start",
        )


def _context_tokens(entry: Mapping[str, Any]) -> int:
    meta = entry.get("meta")
    length = entry.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else 0)
    return length if isinstance(length, int) else 0
