"""What a task may ask for: abilities, never classes. `workers.boot` supplies the objects."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from tasks.contracts.abilities import Learner, Notifier, Recollection, TranscriptKeeper
from tasks.contracts.errors import ConfigurationError, RookeryError
from tasks.contracts.messages import JobRequest, Json, Sampling, ToolCall, Turn, Usage
from tasks.jobs.store import Store
from tasks.jobs.values import HostCard

DEFAULT_SAMPLING = Sampling()
TICK_S = 0.05  # the longest an engine's stream stays silent towards its reader


@dataclass(frozen=True)
class Chat:
    """One request to an engine: whom, what was said so far, and how to pick words."""

    model: str
    turns: tuple[Turn, ...]
    sampling: Sampling = DEFAULT_SAMPLING
    adapter: str = ""
    response_format: Json | None = None
    tools: tuple[Json, ...] = ()
    tool_choice: str | Json | None = None
    """These three as `JobRequest` has them, in the words of OpenAI's HTTP."""


@dataclass(frozen=True)
class Patience:
    """How long an engine may take: in all, and between two signs of life.

    A long prompt is read before the first token, so the first sign of life gets `prefill_s` on top.
    """

    total_s: float
    no_progress_s: float = 20.0
    prefill_s: float = 0.0


@dataclass(frozen=True)
class Piece:
    """Some text of the answer; empty when nothing came, so that the reader can look up. Reasoning is not for people."""

    text: str = ""
    reasoning: bool = False
    call: bool = False
    """It is of a call that the model asks for: a sign of life, no words. The calls come whole with the `Completion`."""


@dataclass(frozen=True)
class Completion:
    """The end of an answer, as the engine said it."""

    usage: Usage
    finish_reason: str
    answered_by: str
    calls: tuple[ToolCall, ...] = ()
    """What the model asks to be called, beside its words or in place of them."""


@dataclass(frozen=True)
class Vectors:
    """What texts are to a model: one vector each, in their order."""

    rows: Sequence[Sequence[float]]
    usage: Usage
    answered_by: str


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do, as found out, not as hoped for."""

    slots: int
    context_tokens: int
    formats: frozenset[str] = frozenset({"gguf"})
    hot_adapters: bool = False
    cloud: bool = False
    loads: bool = False
    """It takes models into memory and out of it when asked to; otherwise what it lists is all that it ever answers."""


class Engine(Protocol):
    """A client for one inference server. Every failure is an error of `tasks.contracts.errors`."""

    def list_resident(self) -> list[str]:
        """Return the models that are in memory now."""
        ...

    def sizes_gib(self) -> Mapping[str, float]:
        """Return the GiB that each resident model takes, under the names of `list_resident`.

        Models that others loaded there are among them; those whose size the server does not say are not.
        """
        ...

    def ensure_loaded(self, model: str) -> None:
        """Load `model` unless it is resident; returns when it can answer. Idempotent."""
        ...

    def unload(self, model: str) -> None:
        """Free the memory of `model`; a model that is not resident is left alone."""
        ...

    def chat_stream(self, chat: Chat, patience: Patience) -> Generator[Piece | Completion, None, None]:
        """Yield pieces, at least one every `TICK_S` even if empty, and a `Completion` as the last.

        Closing the generator cancels the request at the server at once.

        Raises:
            EngineError: it may work on another try or host.
            EngineRejected: it never will; so it is too where the server cannot do what the chat asks for.
            WrongModel: another model answered.
        """
        ...

    def embed(self, model: str, texts: Sequence[str], patience: Patience) -> Generator[Piece | Vectors, None, None]:
        """Yield an empty piece at least every `TICK_S`, and one vector per text as the last.

        Closing the generator cancels the request, and it raises, as with `chat_stream`: EngineRejected of a model that
        cannot embed.
        """
        ...

    def load_adapter(self, model: str, adapter: str, path: str) -> None:
        """Make `adapter` (a LoRA adapter, at `path`) answerable on top of `model`."""
        ...

    def capabilities(self) -> Capabilities:
        """Return what the server said of itself."""
        ...


@runtime_checkable
class HoldsAdapters(Protocol):
    """An engine that can say which adapters it has; one that cannot answers with its bases alone."""

    def adapters(self, model: str) -> Collection[str]:
        """Return the adapters that may be asked for on top of `model` now."""
        ...


class NamesAdapters(Protocol):
    """Knows what is served for each persona."""

    def name_for(self, persona: str, job: str) -> str:
        """Return the adapter that a job of a persona is answered with; empty: the base alone."""
        ...


Lender = Callable[[str], AbstractContextManager[tuple[Engine, bool]]]
"""Yields the engine to ask, and whether it has this adapter; neither changes while the block runs."""


def holds(engine: Engine, model: str, adapter: str) -> bool:
    """Return whether an engine can be asked for an adapter on a model."""
    return bool(adapter) and isinstance(engine, HoldsAdapters) and adapter in engine.adapters(model)


@dataclass
class Hold:
    """One job in hand. `word` is what the ledger last said of it: held, lost, or yield."""

    job: str
    fence: int
    word: str = "held"


class Prompts(Protocol):
    """Keeps whole prompts for whoever looks for a mistake in them."""

    def keep(self, job: str, fence: int, chat: Chat) -> None:
        """Write the prompt of a job down; never fails."""
        ...


class Leases(Protocol):
    """Keeps what this worker holds, for as long as it works on it."""

    def holding(self, job: str, fence: int) -> AbstractContextManager[Hold]:
        """Renew a job's lease while the block runs."""
        ...


class Trial(Protocol):
    """One try of a job, watched for what it says about the engine."""

    def patience(self, assumed: Patience, prompt_tokens: int) -> Patience:
        """Begin, and return how patient to be, by what was measured here where something was."""
        ...

    def saw(self, item: Piece | Completion) -> None:
        """Note what came of the stream. Raises EngineWedged when it only creeps."""
        ...

    def answered(self) -> None:
        """Note that the answer is whole."""
        ...

    def failed(self, error: RookeryError, *, in_time: bool) -> None:
        """Note that it is none, and why; `in_time` says whether the job had time left."""
        ...


class Trust(Protocol):
    """Whether the engine may be given a job, shared by all threads of a worker."""

    def trial(self) -> AbstractContextManager[Trial | None]:
        """Wait until the engine may be given a job; None when this worker is to end instead."""


@dataclass(frozen=True)
class Desk:
    """Where a worker answers: one model on one host, with the engine that holds it."""

    card: HostCard
    model: str
    model_slug: str
    worker: str
    """This very process, so that what it held can be given back when it dies."""
    engine: Engine
    context_tokens: int
    lease_ms: int
    no_progress_s: float
    prefill_tokens_per_s: float
    trust: Trust
    prompts: Prompts | None = None
    """Where prompts are kept, if anybody asked for that."""
    ask_later: Callable[[JobRequest], object] | None = None
    """Has the model do a job when nobody waits; None: its words are nothing to rest on."""
    served: NamesAdapters | None = None
    lender: Lender | None = None
    """Where another engine may take the place of `engine` between two answers; None: none ever does."""

    def lend(self, adapter: str) -> AbstractContextManager[tuple[Engine, bool]]:
        """Yield the engine to ask for one answer, and whether it has `adapter`."""
        if self.lender is not None:
            return self.lender(adapter)
        return nullcontext((self.engine, holds(self.engine, self.model, adapter)))


@dataclass(frozen=True)
class Services:
    """What this worker process can do. A task that needs more than it was given says so."""

    store: Store
    answering_desk: Desk | None = None
    lease_book: Leases | None = None
    keeper: TranscriptKeeper | None = None
    courier: Notifier | None = None
    recollection: Recollection | None = None
    learner: Learner | None = None
    ending: threading.Event = field(default_factory=threading.Event)
    """Set once this worker was told to end: it finishes what it holds and begins nothing."""

    def desk(self) -> Desk:
        """Return the desk of this worker. Raises ConfigurationError where it holds no model."""
        if self.answering_desk is None:
            raise ConfigurationError("this worker holds no model", next_step="bells of models go to `rookery run host`")
        return self.answering_desk

    def leases(self) -> Leases:
        """Return the leases of this worker. Raises ConfigurationError where it holds no model."""
        if self.lease_book is None:
            raise ConfigurationError("this worker keeps no leases", next_step="start it with `rookery run host`")
        return self.lease_book

    def transcript(self) -> TranscriptKeeper:
        """Return the transcript of the flock. Raises ConfigurationError in a worker that does not keep it."""
        if self.keeper is None:
            raise ConfigurationError(
                "this worker keeps no transcript", next_step="its bells go to `rookery run upkeep`"
            )
        return self.keeper

    def memory(self) -> Recollection:
        """Return who remembers. Raises ConfigurationError in a worker that does not."""
        if self.recollection is None:
            raise ConfigurationError("this worker remembers nothing", next_step="its bells go to `rookery run memory`")
        return self.recollection

    def training(self) -> Learner:
        """Return who has personas learn. Raises ConfigurationError in a worker that does not."""
        if self.learner is None:
            raise ConfigurationError("this worker trains nobody", next_step="its bells go to `rookery run training`")
        return self.learner

    def notifier(self) -> Notifier:
        """Return who tells notices. Raises ConfigurationError in a worker that tells nobody."""
        if self.courier is None:
            raise ConfigurationError("this worker tells nobody", next_step="its bells go to `rookery run upkeep`")
        return self.courier
