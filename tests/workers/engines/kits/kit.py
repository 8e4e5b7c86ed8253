"""What the contract suite needs to know of an engine: how to set it up, and what can be done to its server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tasks.services import Chat, Engine
from tests.emulators.engines.children import CALLER, EMBEDDER, Children

#: The names of our models in the suite, and which tiny model each of them really is.
ALPHA, BETA = "alpha", "beta"
SEEDS = {ALPHA: 1, BETA: 2}
CONTEXT_TOKENS = 2048  # of both, where the engine can choose


@dataclass(frozen=True)
class Rig:
    """An engine, and the server behind it. What a server cannot be made to tell or do is None."""

    engine: Engine
    models: tuple[str, ...] = (ALPHA, BETA)
    """The models that it may be asked for; the first is in memory if the engine loads none itself."""
    children: Children | None = None
    """The real models behind it: who asks them directly knows what each of them says."""
    loads: Callable[[], int] | None = None
    """How many requests to load a model the server has seen."""
    kill: Callable[[], None] | None = None
    freeze: Callable[[], None] | None = None
    too_long: str = "word " * 5000
    """More than fits into the window of any of the models."""

    def says(self, chat: Chat) -> str | None:
        """Return what the model of `chat` itself says to it."""
        if self.children is None:
            return None
        body = {
            "messages": [{"role": turn.role, "content": turn.text} for turn in chat.turns],
            "temperature": chat.sampling.temperature,
            "max_tokens": chat.sampling.max_tokens,
        }
        return self.children.says(SEEDS[chat.model], body)

    def busy(self, model: str) -> int | None:
        """Return how many requests `model` itself works on now."""
        return self.children.busy(SEEDS[model]) if self.children else None


@dataclass(frozen=True)
class Kit:
    """One kind of engine under test.

    `open` is called with the shared children and with those of `faults` that a test wants: each a switch of that name
    on the server. `mortal=True` asks for a server that may be killed or frozen, `alpha` for another first model.
    """

    id: str
    open: Callable[..., AbstractContextManager[Rig]]
    loads: bool = False
    """It is asked for models that are not in memory, and says so in its capabilities."""
    mortal: bool = True
    """Its server can be killed and frozen."""
    formats: frozenset[str] | None = frozenset({"gguf"})
    """What it says that it reads, where that is known."""
    faults: frozenset[str] = field(default_factory=frozenset)
    """Of: answers_as_another, load_fails, loads_forever, too_little_memory."""
    made_for: frozenset[int] = frozenset({CALLER, EMBEDDER})
    """Which of these its first model can be, if `open` is told so by `alpha`."""
    has_forms: bool = True
    """It can be asked for JSON."""
    can_be_made_to_call: bool = True
    """It has a word for tools that must be called."""
    chooses_by_name: bool = True
    """It has one for the tool that is named."""

    def __str__(self) -> str:
        return self.id
