"""Emulates vLLM 0.33: one base model, adapters that are loaded by request, sleep; in front of a real llama.cpp.

What an adapter says is what another tiny model says: the words prove which adapter answered.
"""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass
from typing import Any

from tests.emulators.engines.children import EMBEDDER, EMBEDDINGS, Children
from tests.emulators.engines.frame import Call, Emulator, Stock
from tests.emulators.engines.openai_chat import answer_chat, answer_embeddings, openai_error

WINDOW = 4096
ADAPTER_SEEDS = (3, 4)  # which tiny models adapters can turn out to be
FOR_EVER_S = 3600.0


@dataclass
class Switches:
    """How this server was started, and what is wrong with it."""

    adapters: bool = True
    """VLLM_ALLOW_RUNTIME_LORA_UPDATING=1"""
    sleep: bool = True
    """VLLM_SERVER_DEV_MODE=1 and --enable-sleep-mode"""
    awake: bool = True
    lists_what_it_cannot_serve: bool = False
    answers_as: str = ""
    engine_dead: bool = False
    """The process in front is well, and says so; whoever asks for an answer is told otherwise."""
    wakes_never: bool = False
    wake_fails: bool = False
    memory_gone: bool = False


class EmulatedVllm(Emulator):
    """One base model: the first that is stocked."""

    def __init__(self, children: Children, *stocked: Stock, switches: Switches | None = None) -> None:
        super().__init__(children, *stocked)
        self.base = stocked[0]
        self.switches = switches or Switches()
        self.adapters: dict[str, str] = {}
        self.waiting = 0
        self._lock = threading.Lock()

    def answer(self, call: Call) -> None:
        """Answer as vLLM would; a route that was not switched on is not there."""
        routes = {
            ("GET", "/health"): lambda: call.text(""),
            ("GET", "/v1/models"): lambda: call.json(self._listing()),
            ("GET", "/metrics"): lambda: call.text(self._metrics()),
            ("POST", "/v1/chat/completions"): lambda: self._chat(call),
        }
        if self.base.seed == EMBEDDER:  # a model for pooling has this route, and not the one above
            routes["POST", EMBEDDINGS] = lambda: answer_embeddings(call, self.children, EMBEDDER, self.base.name)
            del routes["POST", "/v1/chat/completions"]
        if self.switches.adapters:
            routes["POST", "/v1/load_lora_adapter"] = lambda: self._load_adapter(call)
            routes["POST", "/v1/unload_lora_adapter"] = lambda: self._unload_adapter(call)
        if self.switches.sleep:
            routes["GET", "/is_sleeping"] = lambda: call.json({"is_sleeping": not self.switches.awake})
            routes["POST", "/sleep"] = lambda: self._sleep(call)
            routes["POST", "/wake_up"] = lambda: self._wake(call)
        if act := routes.get((call.seen.method, call.seen.path)):
            act()
        elif call.seen.path in {path for _, path in routes}:
            call.json({"detail": "Method Not Allowed"}, 405)
        else:
            call.json({"detail": "Not Found"}, 404)

    def restart(self) -> None:
        """Start it again: awake, and without the adapters that it was given."""
        self.adapters.clear()
        self.switches.awake = True

    def _listing(self) -> dict[str, Any]:
        name = self.base.name
        entries = [{"id": name, "root": f"/weights/{name}", "parent": None, "max_model_len": WINDOW}]
        entries += [
            {"id": adapter, "root": path, "parent": name, "max_model_len": None}
            for adapter, path in self.adapters.items()
        ]
        return {"object": "list", "data": [{"object": "model", "owned_by": "vllm", **entry} for entry in entries]}

    def _metrics(self) -> str:
        labels = f'{{engine="0",model_name="{self.base.name}"}}'
        lines = [
            "# HELP vllm:num_requests_running Number of requests in model execution batches.",
            "# TYPE vllm:num_requests_running gauge",
            f"vllm:num_requests_running{labels} {float(self.children.busy(self.base.seed))}",
            "# TYPE vllm:num_requests_waiting gauge",
            f"vllm:num_requests_waiting{labels} {float(self.waiting)}",
            f'vllm:num_requests_waiting_by_reason{{engine="0",reason="capacity"}} {float(self.waiting)}',
        ]
        return "\n".join(lines) + "\n"

    def _chat(self, call: Call) -> None:
        asked = call.body.get("model") or self.base.name  # no name at all is taken for the base model
        known = asked == self.base.name or asked in self.adapters
        if not known or (self.switches.lists_what_it_cannot_serve and asked == self.base.name):
            call.json(openai_error(f"The model `{asked}` does not exist.", "NotFoundError", 404, "model"), 404)
        elif self.switches.engine_dead:
            call.json(openai_error("EngineCore encountered an issue.", "InternalServerError", 500), 500)
        elif self.switches.awake:
            answer_chat(call, self.children, self.seed_of(asked), self.switches.answers_as or asked)
        else:
            call.pause(FOR_EVER_S)  # a request to one that sleeps waits until it is woken

    def seed_of(self, name: str) -> int:
        """Return which tiny model answers under a name: for an adapter, by its path."""
        if name == self.base.name:
            return self.base.seed
        return ADAPTER_SEEDS[zlib.crc32(self.adapters[name].encode()) % len(ADAPTER_SEEDS)]

    def _load_adapter(self, call: Call) -> None:
        name, path = call.body.get("lora_name"), call.body.get("lora_path")
        if not name or not path:
            call.json(openai_error("Both 'lora_name' and 'lora_path' must be provided.", "InvalidUserInput", 400), 400)
        elif path.startswith("/missing"):
            call.json(openai_error(f"No adapter found for '{path}'", "NotFoundError", 404), 404)
        elif name in self.adapters or name == self.base.name:
            said = f"The lora adapter '{name}' has already been loaded."
            call.json(openai_error(said, "InvalidUserInput", 400), 400)
        else:
            self.adapters[name] = path
            call.text(f"Success: LoRA adapter '{name}' added successfully.")

    def _unload_adapter(self, call: Call) -> None:
        name = call.body.get("lora_name", "")
        if self.adapters.pop(name, None) is None:
            call.json(openai_error(f"The lora adapter '{name}' cannot be found.", "NotFoundError", 404), 404)
        else:
            call.text(f"Success: LoRA adapter '{name}' removed successfully.")

    def _sleep(self, call: Call) -> None:
        self.switches.awake = False
        call.json({"status": "sleeping", "level": int(call.seen.query.get("level", ["1"])[0])})

    def _wake(self, call: Call) -> None:
        if self.switches.wakes_never:
            call.pause(FOR_EVER_S)
        elif self.switches.memory_gone:
            said = "CUDA out of memory. Tried to allocate 14.00 GiB. GPU 0 has a total capacity of 23.64 GiB"
            call.json(openai_error(said, "InternalServerError", 500), 500)
        elif self.switches.wake_fails:
            call.json(openai_error("EngineCore encountered an issue.", "InternalServerError", 500), 500)
        else:
            call.pause(self.base.load_s)
            self.switches.awake = True
            call.json({"status": "awake", "tags": None})
