"""An emulator of Ollama 0.33: its own protocol, its scheduler, and what it does that nobody expects."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.emulators.engines.children import Children, Refused
from tests.emulators.engines.frame import GIB, Call, Emulator, Stock
from tests.emulators.engines.memory import Memory
from tests.emulators.engines.ollama_made import Made
from tests.emulators.engines.ollama_scheduler import DEFAULT_KEEP_S, FOR_EVER_S, Quirks, Refusal, Runner, Scheduler
from tests.emulators.engines.ollama_tools import Calls, openai_fields, openai_messages

NDJSON = "application/x-ndjson"
UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Ollama(Emulator):
    """`parallel` is OLLAMA_NUM_PARALLEL, `most_loaded` OLLAMA_MAX_LOADED_MODELS."""

    def __init__(
        self,
        children: Children,
        *stocked: Stock,
        quirks: Quirks | None = None,
        memory_gib: float = 64.0,
        parallel: int = 1,
        most_loaded: int = 3,
    ) -> None:
        super().__init__(children, *stocked)
        self.quirks = quirks or Quirks()
        self.memory = Memory(0.1 if self.quirks.too_little_memory else memory_gib)
        self._scheduler = Scheduler(self.quirks, self.memory, parallel, most_loaded, self._starts)
        self.made = Made(children, self.stocked, takes_adapters=not self.quirks.takes_no_adapters)
        self.spent: Counter[tuple[str, str]] = Counter()
        """Tokens by model and kind, as it told them itself."""
        self._counting = threading.Lock()

    def answer(self, call: Call) -> None:
        pages = {
            ("GET", "/"): lambda: call.text("Ollama is running"),
            ("GET", "/api/version"): lambda: call.json({"version": "0.33.0"}),
            ("GET", "/api/tags"): lambda: call.json({"models": [_tag(stock) for stock in self.stocked.values()]}),
            ("GET", "/api/ps"): lambda: call.json(
                {"models": [_process(runner) for runner in self._scheduler.running()]}
            ),
            ("GET", "/v1/models"): lambda: call.json(_openai_list(self.stocked)),
            ("POST", "/api/chat"): lambda: self._chat(call),
            ("POST", "/api/embed"): lambda: self._embed(call),
            ("POST", "/v1/chat/completions"): lambda: self._v1_chat(call),
        }
        page = pages.get((call.seen.method, call.seen.path))
        try:
            if page:
                page()
            elif not self.made.answer(call):
                call.text("404 page not found", 404)
        except Refusal as refusal:
            call.json({"error": refusal.words}, refusal.status)

    @property
    def runners(self) -> dict[str, Runner]:
        """What is in memory, or on its way there."""
        return self._scheduler.runners

    @property
    def loads(self) -> list[tuple[str, int]]:
        """Every load there was: which model, and with what window."""
        return self._scheduler.loads

    def _starts(self, stock: Stock) -> bool:
        return self.children.starts(stock.seed)

    def _chat(self, call: Call) -> None:
        body = call.body
        stock = self._stock(str(body.get("model", "")))
        keep_s = _seconds(body["keep_alive"]) if "keep_alive" in body else None
        if not body.get("messages"):
            self._load_or_unload(call, stock, keep_s)
            return
        runner = self._scheduler.take(call, stock, body, keep_s)
        try:
            lines = self._lines(call, runner)
            if body.get("stream", True):
                call.stream(lines, NDJSON)
            else:
                call.json(_together(lines))
        finally:
            self._scheduler.give_back(runner)

    def _embed(self, call: Call) -> None:
        stock, keep_s = self._stock(str(call.body.get("model", ""))), _seconds(call.body.get("keep_alive", "5m"))
        runner = self._scheduler.take(call, stock, call.body, keep_s)
        try:
            found = self.children.embed(stock.seed, call.body["input"])
        except Refused as refused:
            if refused.status == 501:
                raise Refusal(501, "this model does not support embeddings") from refused
            raise Refusal(400, "the input length exceeds the context length") from refused
        finally:
            self._scheduler.give_back(runner)
        rows = [row["embedding"] for row in found["data"]]
        counted = {"prompt_eval_count": found["usage"]["prompt_tokens"]}
        call.json({"model": call.body["model"], "embeddings": rows, "total_duration": 1, **counted})

    def _load_or_unload(self, call: Call, stock: Stock, keep_s: float | None) -> None:
        if keep_s == 0:
            self._scheduler.expire_soon(stock)
        else:
            self._scheduler.give_back(self._scheduler.take(call, stock, call.body, keep_s))
        call.json(
            {
                "model": call.body["model"],
                "created_at": _now(),
                "message": {"role": "assistant", "content": ""},
                "done": True,
                "done_reason": "unload" if keep_s == 0 else "load",
            }
        )

    def _v1_chat(self, call: Call) -> None:
        stock = self._stock(str(call.body.get("model", "")))
        keep = None if self.quirks.ignores_keep_alive_on_v1 else call.body.get("keep_alive")
        runner = self._scheduler.take(call, stock, {}, None if keep is None else _seconds(keep))
        if keep is None:
            runner.keep_s = DEFAULT_KEEP_S  # whatever was said before
        try:
            sent = {key: call.body[key] for key in ("messages", "max_tokens", "temperature") if key in call.body}
            call.json({"choices": [{"message": {"content": self.children.says(stock.seed, sent)}}]})
        finally:
            self._scheduler.give_back(runner)

    def _lines(self, call: Call, runner: Runner) -> Iterator[str]:
        body, options = call.body, call.body.get("options", {})
        asked = {name: options[name] for name in ("temperature", "top_p", "seed", "stop") if name in options}
        asked["max_tokens"] = options.get("num_predict", -1)
        asked["messages"] = openai_messages(self._fitting(runner, body))
        asked |= openai_fields(body)
        said = {"model": "someone-else" if self.quirks.answers_as_another else body["model"]}
        usage, reason, calls = {}, "stop", Calls()
        if self.quirks.thinks:
            yield _line(said, message={"role": "assistant", "content": "", "thinking": "hm "}, done=False)
        try:
            for chunk in self.children.stream(runner.stock.seed, asked):
                usage = chunk.get("usage") or usage
                for choice in chunk["choices"]:
                    reason = choice.get("finish_reason") or reason
                    calls.take(choice["delta"].get("tool_calls") or [])
                    if text := choice["delta"].get("content"):
                        yield _line(said, message={"role": "assistant", "content": text}, done=False)
                        if self.quirks.ends_in_the_middle:
                            return
        except Refused as refused:  # passed on as the runner said it, inside a text
            raise Refusal(refused.status, json.dumps(refused.body)) from refused
        if calls.made:
            message = {"role": "assistant", "content": "", "tool_calls": calls.whole()}
            yield _line(said, message=message, done=False)
            reason = "stop"
        yield _line(said, message={"role": "assistant", "content": ""}, **self._end(runner, usage, reason))

    def _end(self, runner: Runner, usage: Mapping[str, Any], reason: str) -> dict[str, Any]:
        counts = {"prompt_eval_count": usage.get("prompt_tokens", 0), "eval_count": usage.get("completion_tokens", 0)}
        with self._counting:
            self.spent.update({(runner.stock.name, name): count for name, count in counts.items()})
        told = {name: count for name, count in counts.items() if count or not self.quirks.omits_zero_counts}
        return {"done": True, "done_reason": reason, "total_duration": 1, "load_duration": 1, **told}

    def _fitting(self, runner: Runner, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what fits into the window; Ollama drops the rest without a word, unless asked not to."""
        messages: list[dict[str, Any]] = body["messages"]
        if sum(len(message.get("content", "")) for message in messages) < runner.window // 2:
            return messages
        tokens = self.children.count_tokens(runner.stock.seed, messages)
        if tokens <= runner.window:
            return messages
        if body.get("truncate") is False or not self.quirks.cuts_long_prompts:
            words = f"request ({tokens} tokens) exceeds the available context size ({runner.window} tokens)"
            inner = {"error": {"code": 400, "message": words, "type": "exceed_context_size_error"}}
            raise Refusal(400, json.dumps(inner))
        return [{**messages[-1], "content": messages[-1]["content"][-runner.window // 4 :]}]

    def _stock(self, name: str) -> Stock:
        for full in (name, f"{name}:latest"):
            if full in self.stocked:
                return self.stocked[full]
        raise Refusal(404, f"model '{name}' not found")


def _seconds(keep_alive: Any) -> float:
    """Return how long that is: a number of seconds, or a text such as 10m; what is negative means for ever."""
    text = str(keep_alive)
    unit = next((unit for unit in UNITS_S if text.endswith(unit)), "")
    seconds = float(text.removesuffix(unit)) * UNITS_S.get(unit, 1.0)
    return FOR_EVER_S if seconds < 0 else seconds


def _process(runner: Runner) -> dict[str, Any]:
    expires = datetime.now(UTC) + timedelta(seconds=runner.keep_s)
    size = int(runner.stock.size_gib * GIB)
    sizes = {"size": size, "size_vram": size, "context_length": runner.window}
    return {**_tag(runner.stock), **sizes, "expires_at": f"{expires:%Y-%m-%dT%H:%M:%S.%f}123Z"}


def _tag(stock: Stock) -> dict[str, Any]:
    details = {"parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"], "parameter_size": "131K"}
    return {
        "name": stock.name,
        "model": stock.name,
        "modified_at": "2026-11-01T12:00:00.123456789Z",
        "size": int(stock.size_gib * GIB),
        "digest": hashlib.sha256(stock.name.encode()).hexdigest(),
        "details": details,
        "capabilities": ["completion"],
    }


def _openai_list(stocked: Mapping[str, Stock]) -> dict[str, Any]:
    entries = [{"id": name, "object": "model", "created": 1, "owned_by": "library"} for name in stocked]
    return {"object": "list", "data": entries or None}


def _line(said: Mapping[str, Any], **fields: Any) -> str:
    return json.dumps({**said, "created_at": _now(), **fields}) + "\n"


def _together(lines: Iterator[str]) -> dict[str, Any]:
    said = [json.loads(line) for line in lines]
    text = "".join(line["message"]["content"] for line in said)
    return {**said[-1], "message": {"role": "assistant", "content": text}}


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
