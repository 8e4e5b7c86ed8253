"""Emulates llama-server as a router: models of a folder, each with a process; in front of real llama.cpp processes.

A load takes as long as the model's stock says, and is answered before it is over.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from tests.emulators.engines.children import CHAT, EMBEDDINGS, SLOTS, Children
from tests.emulators.engines.frame import GIB, Call, Emulator, Stock
from tests.emulators.engines.openai_chat import answer_chat, answer_embeddings, openai_error
from tests.tiny_model import CONTEXT_TOKENS

KILLED, BAD_FILE = 137, 1  # exit codes


@dataclass
class Switches:
    """How this server was started, and what is wrong with it."""

    autoload: bool = True
    """Left on, as it is by default: a request that does not say autoload=false loads its model."""
    tells_sizes: bool = True
    lists_what_it_cannot_serve: bool = False
    answers_as: str = ""
    loads_for_ever: bool = False
    load_fails: bool = False
    memory_gone: bool = False


@dataclass
class Running:
    """Where a model's process stands."""

    value: str = "unloaded"
    exit_code: int | None = None


class EmulatedRouter(Emulator):
    """Everything that is stocked lies in its folder; what is `fresh` is seen when it looks again."""

    def __init__(
        self, children: Children, *stocked: Stock, fresh: tuple[Stock, ...] = (), switches: Switches | None = None
    ) -> None:
        super().__init__(children, *stocked)
        self.switches = switches or Switches()
        self.running = {name: Running() for name in self.stocked}
        self._fresh = fresh
        self._lock = threading.Lock()
        self._timers: list[threading.Timer] = []

    def kill(self) -> None:
        """End, with every load that is under way."""
        for timer in self._timers:
            timer.cancel()
        super().kill()

    def answer(self, call: Call) -> None:
        """Answer as llama-server would."""
        routes = {
            ("GET", "/health"): lambda: call.json({"status": "ok"}),
            ("GET", "/models"): lambda: self._list(call),
            ("GET", "/v1/models"): lambda: self._list(call),
            ("GET", "/props"): lambda: self._props(call),
            ("POST", "/models/load"): lambda: self._load(call),
            ("POST", "/models/unload"): lambda: self._unload(call),
            ("POST", CHAT): lambda: self._chat(call),
            ("POST", EMBEDDINGS): lambda: self._embeddings(call),
        }
        act = routes.get((call.seen.method, call.seen.path))
        if act:
            act()
        else:
            call.json(openai_error("File Not Found", "not_found_error", 404), 404)

    def sleep(self, name: str) -> None:
        """Let a model's process give its memory back, as --sleep-idle-seconds does."""
        self.running[name].value = "sleeping"

    def _list(self, call: Call) -> None:
        if call.seen.query.get("reload") == ["1"]:
            for stock in self._fresh:
                self.stocked.setdefault(stock.name, stock)
                self.running.setdefault(stock.name, Running())
        call.json({"object": "list", "data": [self._entry(name) for name in self.stocked]})

    def _entry(self, name: str) -> dict[str, Any]:
        state = self.running[name]
        status: dict[str, Any] = {"value": state.value, "args": ["llama-server", "--alias", name]}
        if state.exit_code is not None:
            status |= {"failed": True, "exit_code": state.exit_code}
        entry = {"id": name, "aliases": [], "tags": [], "object": "model", "owned_by": "llamacpp", "status": status}
        if self.switches.tells_sizes and state.value == "loaded":
            entry["meta"] = {"n_ctx": CONTEXT_TOKENS, "size": int(self.stocked[name].size_gib * GIB)}
        return entry

    def _props(self, call: Call) -> None:
        model = call.seen.query.get("model", [""])[0]
        if not model:
            call.json({"role": "router", "max_instances": 4, "models_autoload": self.switches.autoload})
        elif self._serves(call, model):
            call.json({"total_slots": SLOTS, "default_generation_settings": {"n_ctx": CONTEXT_TOKENS}})

    def _chat(self, call: Call) -> None:
        asked = call.body.get("model", "")
        if self._serves(call, asked):
            answer_chat(call, self.children, self.stocked[asked].seed, self.switches.answers_as or asked)

    def _embeddings(self, call: Call) -> None:
        asked = call.body.get("model", "")
        if self._serves(call, asked):
            answer_embeddings(call, self.children, self.stocked[asked].seed, asked)

    def _serves(self, call: Call, name: str) -> bool:
        """Return whether a model can be asked; refuse otherwise, or load it where that was not forbidden."""
        if not name:
            call.json(openai_error("model name is missing from the request", "invalid_request_error", 400), 400)
        elif name not in self.running or self.switches.lists_what_it_cannot_serve:
            call.json(openai_error(f"model '{name}' not found", "invalid_request_error", 400), 400)
        elif self.running[name].value in ("loaded", "sleeping") or self._loads_itself(call):
            self.running[name].value = "loaded"
            return True
        else:
            call.json(openai_error("model is not loaded", "invalid_request_error", 400), 400)
        return False

    def _loads_itself(self, call: Call) -> bool:
        return self.switches.autoload and call.seen.query.get("autoload") != ["false"]

    def _load(self, call: Call) -> None:
        name = call.body.get("model", "")
        with self._lock:
            state = self.running.get(name)
            if state is None:
                call.json(openai_error("model is not found", "not_found_error", 404), 404)
            elif state.value != "unloaded":
                call.json(openai_error("model is already running", "invalid_request_error", 400), 400)
            else:
                self.running[name] = Running("loading")
                if not self.switches.loads_for_ever:
                    self._timers.append(threading.Timer(self.stocked[name].load_s, self._loaded, [name]))
                    self._timers[-1].start()
                call.json({"success": True})

    def _loaded(self, name: str) -> None:
        with self._lock:
            if self.running[name].value != "loading":
                return
            if self.switches.memory_gone or self.switches.load_fails:
                code = KILLED if self.switches.memory_gone else BAD_FILE
                self.running[name] = Running("unloaded", code)
            else:
                self.running[name] = Running("loaded")

    def _unload(self, call: Call) -> None:
        name = call.body.get("model", "")
        with self._lock:
            state = self.running.get(name)
            if state is None:
                call.json(openai_error("model is not found", "not_found_error", 404), 404)
            elif state.value == "unloaded":
                call.json(openai_error("model is not running", "invalid_request_error", 400), 400)
            else:
                self.running[name] = Running()
                call.json({"success": True})
