"""One job in hand: what is needed to do it, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.contracts.clock import Clock
from tasks.contracts.errors import JobMoved, SteppedAside
from tasks.jobs.store import Store
from tasks.jobs.values import Claim
from tasks.services import Completion, Desk, Hold, Patience, Trial

MS = 1000


@dataclass(frozen=True)
class Answering:
    """One job in hand, and everything that is needed to answer it."""

    desk: Desk
    store: Store
    claim: Claim
    hold: Hold
    trial: Trial
    clock: Clock
    started_s: float

    def left_s(self) -> float:
        """Return the seconds until the job's deadline."""
        life_s = (self.claim.deadline_ms - self.claim.claimed_ms) / MS
        return life_s - (self.clock.monotonic_s() - self.started_s)

    def patience(self, prompt_tokens: int) -> Patience:
        """Begin the trial of the engine, and return how patient to be with it over a prompt of about so many tokens."""
        prefill_s = prompt_tokens / self.desk.prefill_tokens_per_s
        return self.trial.patience(Patience(self.left_s(), self.desk.no_progress_s, prefill_s), prompt_tokens)

    def check_held(self) -> None:
        """Raise SteppedAside where a person waits for the slot, JobMoved where the job was taken away."""
        if self.hold.word == "yield":
            raise SteppedAside("a person waits for the only slot")
        if self.hold.word != "held":
            raise JobMoved(f"job {self.hold.job} was withdrawn or given to another worker")


@dataclass(frozen=True)
class Answer:
    """A whole answer; `thoughts` is what is shown of the thinking before it."""

    text: str
    thoughts: str
    completion: Completion
    cached: bool = False
    """It was given before, to the very same question: no engine was asked."""
    adapter: str = ""
    """What answered beside the model; empty: nothing did."""
    no_adapter: bool = False
    """An adapter is served for its persona, and was not there."""
