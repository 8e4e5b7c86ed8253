"""An engine without a model, for demos, examples and tests: it says what it was told, word by word.

It calls a tool that the last turn names, follows a JSON schema with that turn for each text in it, and embeds: see
`workers.engines.fake_values`.

With `scripted=True` the last turn may hold commands, each a word of its own, so that faults can be asked for from the
outside of a whole flock:

    !slow S      sleep S seconds before each word          !poison      end this process at once, like a crash
    !hang        never say anything                        !fail        no connection
    !stall       fall silent after the first word          !overloaded  busy, try again in a second
    !truncate    end after the first word                  !reject      refuse for good
    !wrong       answer as another model                   !think       think aloud first
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tasks.contracts.errors import (
    ContextExceeded,
    EngineOverloaded,
    EngineRejected,
    EngineTruncated,
    EngineUnavailable,
    WrongModel,
)
from tasks.contracts.messages import ToolCall, Turn, Usage
from tasks.services import TICK_S, Capabilities, Chat, Completion, Patience, Piece, Vectors
from workers.engines import fake_values
from workers.engines.answer import CALLED
from workers.engines.bodies import schema_of
from workers.engines.chunks import clean
from workers.engines.watchdog import Watchdog

RETRY_AFTER_S = 1.0
POISONED = 1  # the exit code
THOUGHT = "hm "
ANY = {"type": "object"}
#: What an answer is where any JSON object will do.
ECHO = {"type": "object", "properties": {"echo": {"type": "string"}}}
COMMANDS = {"hang", "stall", "truncate", "wrong", "think", "poison", "fail", "overloaded", "reject"}


@dataclass(frozen=True)
class Behaviour:
    """How an answer goes: what the engine was made to do, and what the text commands on top."""

    delay_s: float = 0.0
    commands: frozenset[str] = frozenset()


class FakeEngine:
    """Answers `echo: ` and the last turn. A token is a word."""

    def __init__(
        self,
        models: Sequence[str] = ("fake",),
        *,
        delay_s: float = 0.0,
        fail_first: int = 0,
        slots: int = 4,
        context_tokens: int = 4096,
        scripted: bool = False,
    ) -> None:
        self._models = set(models)
        self._resident = set(models)
        self._adapters: set[tuple[str, str]] = set()
        self._delay_s = delay_s
        self._fail_first = fail_first
        self._scripted = scripted
        self._capabilities = Capabilities(slots, context_tokens, hot_adapters=True, loads=True)
        self._lock = threading.Lock()
        self.in_flight = 0

    def list_resident(self) -> list[str]:
        """Return what was loaded; at first, every model."""
        return sorted(self._resident)

    def sizes_gib(self) -> Mapping[str, float]:
        """Return nothing: what it makes up takes no memory."""
        return {}

    def ensure_loaded(self, model: str) -> None:
        """Load one of the models that it was made with."""
        if model not in self._models:
            raise EngineRejected(f"the fake engine has no model {model!r}", next_step=f"use one of {self._models}")
        self._resident.add(model)

    def unload(self, model: str) -> None:
        """Forget that it was loaded."""
        self._resident.discard(model)

    def load_adapter(self, model: str, adapter: str, path: str) -> None:
        """Take the name of the adapter; there is nothing to read at `path`."""
        self.ensure_loaded(model)
        self._adapters.add((model, adapter))

    def adapters(self, model: str) -> frozenset[str]:
        """Return the adapters whose names it took."""
        return frozenset(adapter for base, adapter in self._adapters if base == model)

    def capabilities(self) -> Capabilities:
        """Return what it was made with."""
        return self._capabilities

    def embed(self, model: str, texts: Sequence[str], patience: Patience) -> Generator[Piece | Vectors, None, None]:
        """Yield vectors that are equal for equal texts and mean nothing else; commands are those in the first text."""
        asked = Chat(model, tuple(Turn(role="user", text=text) for text in texts[:1]))
        behaviour, watchdog = self._behaviour(asked), Watchdog(patience, time.monotonic())
        self._check(asked, behaviour)
        with self._at_work():
            yield from _silence(math.inf if "hang" in behaviour.commands else behaviour.delay_s, watchdog)
        rows = [fake_values.vector(text) for text in texts]
        yield Vectors(rows, Usage(prompt_tokens=sum(len(text.split()) for text in texts)), model)

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Yield the answer word by word; `tasks.services.Engine` says what can be relied on."""
        behaviour = self._behaviour(chat)
        self._check(chat, behaviour)
        watchdog = Watchdog(patience, time.monotonic())
        with self._at_work():
            yield from _say(chat, behaviour, watchdog)

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._lock:
            self.in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self.in_flight -= 1

    def _behaviour(self, chat: Chat) -> Behaviour:
        words = chat.turns[-1].text.split() if chat.turns and self._scripted else []
        said = frozenset(word[1:] for word in words if word.startswith("!") and word[1:] in COMMANDS)
        with self._lock:
            if self._fail_first > 0:
                self._fail_first -= 1
                said |= {"fail"}
        slow = words.index("!slow") + 1 if "!slow" in words[:-1] else 0
        return Behaviour(_seconds(words[slow]) if slow else self._delay_s, said)

    def _check(self, chat: Chat, behaviour: Behaviour) -> None:
        """Fail before the first word, if that is what will happen."""
        self.ensure_loaded(chat.model)
        if chat.adapter and (chat.model, chat.adapter) not in self._adapters:
            raise EngineRejected(f"the fake engine has no adapter {chat.adapter!r}", next_step="load it first")
        if _tokens(chat.turns) > self._capabilities.context_tokens:
            raise ContextExceeded(f"more than {self._capabilities.context_tokens} words", next_step="send less")
        if "poison" in behaviour.commands:
            os._exit(POISONED)
        if "fail" in behaviour.commands:
            raise EngineUnavailable("the fake engine was told to fail", next_step="try again")
        if "overloaded" in behaviour.commands:
            raise EngineOverloaded("the fake engine was told to be busy", retry_after_s=RETRY_AFTER_S)
        if "reject" in behaviour.commands:
            raise EngineRejected("the fake engine was told to refuse", next_step="leave out !reject")
        if "wrong" in behaviour.commands:
            raise WrongModel("the fake engine was told to be another model", next_step="leave out !wrong")


def _say(chat: Chat, behaviour: Behaviour, watchdog: Watchdog) -> Generator[Piece | Completion, None, None]:
    if "hang" in behaviour.commands:
        yield from _silence(math.inf, watchdog)
    if "think" in behaviour.commands:
        yield Piece(THOUGHT, reasoning=True)
    if calls := fake_values.calls_of(chat, _asked(chat)):
        yield from _call(chat, calls, behaviour, watchdog)
        return
    words = _answer(chat)
    allowed = words[: chat.sampling.max_tokens]
    for count, word in enumerate(allowed):
        if count == 1 and "stall" in behaviour.commands:
            yield from _silence(math.inf, watchdog)
        if count == 1 and "truncate" in behaviour.commands:
            raise EngineTruncated("the fake engine was told to stop half way", next_step="try again")
        yield from _silence(behaviour.delay_s, watchdog)
        watchdog.progress(time.monotonic())
        yield Piece(word if count == 0 else f" {word}")
    usage = Usage(prompt_tokens=_tokens(chat.turns), completion_tokens=len(allowed))
    yield Completion(usage, "stop" if len(allowed) == len(words) else "length", chat.model)


def _call(
    chat: Chat, calls: tuple[ToolCall, ...], behaviour: Behaviour, watchdog: Watchdog
) -> Generator[Piece | Completion, None, None]:
    for call in calls:
        yield from _silence(behaviour.delay_s, watchdog)
        watchdog.progress(time.monotonic())
        yield Piece(call.name + call.arguments, call=True)
    written = sum(len(call.arguments.split()) for call in calls)
    usage = Usage(prompt_tokens=_tokens(chat.turns), completion_tokens=written)
    yield Completion(usage, CALLED, chat.model, calls)


def _silence(seconds: float, watchdog: Watchdog) -> Generator[Piece, None, None]:
    """Yield empty pieces for `seconds`, or until nobody has the patience."""
    ends_s = time.monotonic() + seconds
    watchdog.check(time.monotonic())
    while (left_s := ends_s - time.monotonic()) > 0:
        yield Piece()
        time.sleep(min(left_s, TICK_S / 2))
        watchdog.check(time.monotonic())


def _asked(chat: Chat) -> str:
    """Return the words of the last turn."""
    return " ".join(clean(chat.turns[-1].text).split()) if chat.turns else ""


def _answer(chat: Chat) -> list[str]:
    schema = schema_of(chat.response_format)
    if schema is not None:
        shaped = ECHO if schema == ANY else schema
        return json.dumps(fake_values.example(shaped, _asked(chat)), ensure_ascii=False).split(" ")
    name = f"echo[{chat.adapter}]:" if chat.adapter else "echo:"
    return [name, *_asked(chat).split()]


def _tokens(turns: Sequence[Turn]) -> int:
    return sum(len(turn.text.split()) for turn in turns)


def _seconds(word: str) -> float:
    """Return the number that `word` is; 0 for anything else."""
    try:
        return max(0.0, float(word))
    except ValueError:
        return 0.0
