"""An emulator of LM Studio: 0.4 with its own protocol, or before it without; loading on demand, and evicting for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.engines.children import EMBEDDER, Children, Refused
from tests.emulators.engines.frame import STEP_S, Call, Emulator, Stock
from tests.emulators.engines.lmstudio_listings import DEFAULT_CONTEXT, MOST_CONTEXT, v0_entry, v1_entry
from tests.emulators.engines.memory import Memory
from tests.emulators.engines.openai_chat import passed_on

EVENTS = "text/event-stream"
DEFAULT_TTL_S = 3600.0
A_WHILE_S = 3600.0
NONE_LOADED = "No models loaded. Please load a model in the developer page or use the 'lms load' command."
UNLOADED = "Model was unloaded while the request was still in queue.."
FULL = (
    "Model loading was stopped due to insufficient system resources. Under the current settings, this model requires "
    "approximately {:.2f} GB of memory, and continuing to load it would likely overload your system and cause it to "
    "freeze."
)


@dataclass(frozen=True)
class Quirks:
    """What LM Studio does. The first seven are its habits, or its window's switches; the rest is what can go wrong."""

    has_v1: bool = True
    loads_on_demand: bool = True
    evicts_by_itself: bool = True
    makes_second_instances: bool = True
    answers_any_name: bool = True
    unknown_path_is_200: bool = True
    unload_breaks_answers: bool = True
    thinks: bool = False
    answers_as_another: bool = False
    load_fails: bool = False
    loads_forever: bool = False
    too_little_memory: bool = False


@dataclass
class Copy:
    """An instance of a model in memory."""

    id: str
    stock: Stock
    window: int
    ttl_s: float | None = None
    """Of one that was loaded on demand."""
    users: int = 0
    gone: bool = False
    used_at_s: float = field(default_factory=time.monotonic)


class Refusal(Exception):
    """An answer that is none."""

    def __init__(self, status: int, words: str, kind: str = "invalid_request_error") -> None:
        super().__init__(words)
        self.status = status
        self.said = {"error": {"message": words, "type": kind, "param": "model", "code": None}}


class LMStudio(Emulator):
    """`parallel` is "Max Concurrent Predictions"; `key` the token that it wants to be shown.

    `most` is the longest context that it gives, whatever it says that a model can have.
    """

    def __init__(
        self,
        children: Children,
        *stocked: Stock,
        quirks: Quirks | None = None,
        memory_gib: float = 64.0,
        parallel: int = 4,
        key: str = "",
        most: int = MOST_CONTEXT,
    ) -> None:
        super().__init__(children, *stocked)
        self.quirks = quirks or Quirks()
        self.memory = Memory(0.1 if self.quirks.too_little_memory else memory_gib)
        self.parallel, self.key, self.most = parallel, key, most
        self.copies: list[Copy] = []
        self.loads: list[str] = []
        """Every load there was, on demand or by request: the key."""
        self._turn = threading.Condition()

    def restart(self) -> None:
        """Be started anew: nothing is in memory."""
        with self._turn:
            for copy in list(self.copies):
                self._drop(copy)
        super().restart()

    def answer(self, call: Call) -> None:
        if self.key and call.seen.headers.get("authorization") != f"Bearer {self.key}":
            words = "An LM Studio API token is required to make requests to this server"
            call.json({"error": {"message": words, "type": "invalid_request", "code": "invalid_api_key"}}, 401)
            return
        pages = {
            ("GET", "/v1/models"): lambda: call.json(self._openai_list()),
            ("GET", "/api/v0/models"): lambda: call.json({"object": "list", "data": self._listed(v0_entry)}),
            ("POST", "/v1/chat/completions"): lambda: self._chat(call),
            ("POST", "/v1/embeddings"): lambda: self._embeddings(call),
        }
        if self.quirks.has_v1:
            pages |= {
                ("GET", "/api/v1/models"): lambda: call.json({"models": self._listed(v1_entry)}),
                ("POST", "/api/v1/models/load"): lambda: self._load_page(call),
                ("POST", "/api/v1/models/unload"): lambda: self._unload_page(call),
            }
        page = pages.get((call.seen.method, call.seen.path))
        try:
            page() if page else self._unknown(call)
        except Refusal as refusal:
            call.json(refusal.said, refusal.status)

    def _unknown(self, call: Call) -> None:
        words = f"Unexpected endpoint or method. ({call.seen.method} {call.seen.path})"
        call.json({"error": words}, 200 if self.quirks.unknown_path_is_200 else 404)

    def _embeddings(self, call: Call) -> None:
        copy = self._copy_for(call)
        if copy.stock.seed != EMBEDDER:
            raise Refusal(400, f'Invalid model identifier "{call.body.get("model")}": it is no embedding model')
        try:
            call.json({**self.children.embed(EMBEDDER, call.body["input"]), "model": self._signed(copy)})
        except Refused as refused:
            raise Refusal(refused.status, refused.body["error"]["message"]) from refused

    # What it lists

    def _of(self, stock: Stock) -> list[Copy]:
        with self._turn:
            self._expire()
            return [copy for copy in self.copies if copy.stock is stock]

    def _listed(self, entry: Callable[..., dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            entry(stock, [(copy.id, copy.window) for copy in self._of(stock)], self.parallel)
            for stock in self.stocked.values()
        ]

    def _openai_list(self) -> dict[str, Any]:
        names = [name for name, stock in self.stocked.items() if self.quirks.loads_on_demand or self._of(stock)]
        entries = [{"id": name, "object": "model", "owned_by": "organization_owner"} for name in names]
        return {"object": "list", "data": entries}

    # What it does with memory

    def _load_page(self, call: Call) -> None:
        stock = self.stocked.get(str(call.body.get("model")))
        if stock is None:
            raise Refusal(404, f"Model '{call.body.get('model')}' not found", "model_not_found")
        began_s = time.monotonic()
        existing = self._of(stock)
        if existing and not self.quirks.makes_second_instances:
            copy = existing[0]
        else:
            copy = self._load(call, stock, int(call.body.get("context_length", DEFAULT_CONTEXT)), None)
        took_s = time.monotonic() - began_s
        said = {"type": "llm", "instance_id": copy.id, "load_time_seconds": took_s, "status": "loaded"}
        call.json(said)

    def _unload_page(self, call: Call) -> None:
        with self._turn:
            found = next((copy for copy in self.copies if copy.id == call.body.get("instance_id")), None)
            if found is None:
                raise Refusal(404, f"No instance with id {call.body.get('instance_id')!r}", "model_not_found")
            self._drop(found)
        call.json({"instance_id": found.id})

    def _load(self, call: Call, stock: Stock, window: int, ttl_s: float | None) -> Copy:
        with self._turn:
            taken = self.memory.holders
            name = next(name for n in range(1, 99) if (name := stock.name + f":{n}" * (n > 1)) not in taken)
            self.loads.append(stock.name)
            if not self.memory.take(name, stock.size_gib):
                raise Refusal(500, FULL.format(stock.size_gib), "model_load_failed")
        copy = None
        try:
            call.pause(A_WHILE_S if self.quirks.loads_forever else stock.load_s)
            copy = None if self.quirks.load_fails else Copy(name, stock, min(window, self.most), ttl_s)
        finally:
            if copy is None:
                self.memory.free(name)
        if copy is None:
            raise Refusal(500, f'Failed to load model "{stock.name}". Error: (Exit code: 1)', "model_load_failed")
        with self._turn:
            self.copies.append(copy)
        return copy

    def _drop(self, copy: Copy) -> None:
        copy.gone = self.quirks.unload_breaks_answers
        self.copies.remove(copy)
        self.memory.free(copy.id)

    def _expire(self) -> None:
        now_s = time.monotonic()
        for copy in list(self.copies):
            if copy.ttl_s is not None and not copy.users and now_s > copy.used_at_s + copy.ttl_s:
                self._drop(copy)

    def _copy_for(self, call: Call) -> Copy:
        """Return which copy answers: the one that is named, or of the model that is; else one is loaded on demand."""
        name = str(call.body.get("model", ""))
        with self._turn:
            self._expire()
            for copy in self.copies:
                if name in (copy.id, copy.stock.name):
                    return copy
            stock = self.stocked.get(name)
            if stock is None or not self.quirks.loads_on_demand:
                if self.quirks.answers_any_name and len(self.copies) == 1:
                    return self.copies[0]
                words = f'Invalid model identifier "{name}". Please specify a valid downloaded model'
                raise Refusal(400, words if self.copies else NONE_LOADED)
            if self.quirks.evicts_by_itself:
                for other in [copy for copy in self.copies if copy.ttl_s is not None]:
                    self._drop(other)
        return self._load(call, stock, DEFAULT_CONTEXT, float(call.body.get("ttl", DEFAULT_TTL_S)))

    # How it talks

    def _chat(self, call: Call) -> None:
        if call.body.get("response_format", {}).get("type", "text") not in ("text", "json_schema"):
            raise Refusal(400, "'response_format.type' must be 'json_schema' or 'text'")
        copy = self._copy_for(call)
        self._check_length(copy, call.body["messages"])
        with self._turn:
            while copy.users >= self.parallel:
                self._turn.wait(STEP_S)
                call.check()
                if copy.gone:
                    raise Refusal(400, UNLOADED)
            copy.users += 1
        try:
            if call.body.get("stream"):
                call.stream(self._events(call, copy), EVENTS)
            else:
                self._whole(call, copy)
        finally:
            with self._turn:
                copy.users -= 1
                copy.used_at_s = time.monotonic()
                self._turn.notify_all()

    def _check_length(self, copy: Copy, messages: list[dict[str, Any]]) -> None:
        if sum(len(message["content"] or "") for message in messages) < copy.window // 2:
            return
        tokens = self.children.count_tokens(copy.stock.seed, messages)
        if tokens > copy.window:
            raise Refusal(
                400,
                f"Trying to keep the first {tokens} tokens when context the overflows. However, the model is loaded "
                f"with context length of only {copy.window} tokens, which is not enough.",
            )

    def _asked(self, call: Call) -> dict[str, Any]:
        return passed_on(call.body)

    def _whole(self, call: Call, copy: Copy) -> None:
        text = self.children.says(copy.stock.seed, self._asked(call))
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        call.json({"model": self._signed(copy), "choices": [choice]})

    def _signed(self, copy: Copy) -> str:
        return "someone/else" if self.quirks.answers_as_another else copy.id

    def _events(self, call: Call, copy: Copy) -> Iterator[str]:
        if self.quirks.thinks:
            delta = {"role": "assistant", "reasoning_content": "hm "}
            yield _event({"model": self._signed(copy), "choices": [{"index": 0, "delta": delta}]})
        try:
            for chunk in self.children.stream(copy.stock.seed, self._asked(call)):
                if copy.gone:
                    yield "event: error\n" + _event({"error": {"message": "Model unloaded."}})
                    return
                chunk.pop("timings", None)
                yield _event({**chunk, "model": self._signed(copy)})
        except Refused as refused:
            raise Refusal(refused.status, refused.body["error"]["message"]) from refused
        yield "data: [DONE]\n\n"


def _event(said: dict[str, Any]) -> str:
    return f"data: {json.dumps(said)}\n\n"
