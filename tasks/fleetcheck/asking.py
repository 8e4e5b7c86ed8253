"""Short questions to the running flock, several at a time, each with how it went."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from tasks.contracts.fleet import Fleet
from tasks.contracts.jobs import JobView, Outcome
from tasks.contracts.messages import JobRequest, Sampling
from tasks.jobs.gateway import Gateway
from tasks.jobs.store import Store
from tasks.jobs.sweeper import Sweeper
from tasks.jobs.values import Ways

WORDS = "Say yes."
USER = "fleet check"
ID_BYTES = 12
AT_ONCE = 16
MS = 1000
ELSEWHERE = frozenset({"failover", "fallback"})  # flags of an answer that is not from where it was asked for


@dataclass(frozen=True)
class Question:
    """What is asked: a model, and the one host that is to answer; empty: any."""

    model: str
    host: str = ""
    tokens: int = 1


@dataclass(frozen=True)
class Answer:
    """How a question went; times in seconds, None where it did not come that far."""

    model: str
    asked_host: str
    host: str = ""
    answered_with: str = ""
    """The model that answered."""
    ok: bool = False
    """It was answered, by the host that was asked."""
    trouble: str = ""
    waited_s: float | None = None
    """From receipt until a host took it: where the model had to be loaded, that is in here."""
    first_token_s: float | None = None
    total_s: float | None = None
    tokens: int = 0

    def public(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return asdict(self)


class Asker:
    """Asks the flock that works with a ledger. A look at deadlines comes with it, should nobody else take one."""

    def __init__(self, store: Store, fleet: Fleet, timeout_s: float) -> None:
        self._store, self._fleet, self._timeout_s = store, fleet, timeout_s
        self._ways = Ways.of(fleet.jobs)

    def ask_all(
        self, questions: Iterable[Question], tell: Callable[[Answer], None], *, at_once: int = AT_ONCE
    ) -> list[Answer]:
        """Ask, `at_once` of them at a time, tell of each as it comes in, and return them in the order asked."""
        sweeper = Sweeper(self._store)
        sweeper.start()
        try:
            with ThreadPoolExecutor(at_once) as threads:
                asked = [threads.submit(self._ask, question, tell) for question in questions]
                return [answer.result() for answer in asked]
        finally:
            sweeper.stop()

    def _ask(self, question: Question, tell: Callable[[Answer], None]) -> Answer:
        answer = answer_of(question, Gateway(self._store, self._ways).ask(self._request(question)))
        tell(answer)
        return answer

    def _request(self, question: Question) -> JobRequest:
        name = secrets.token_hex(ID_BYTES)
        return JobRequest(
            job=f"check-{name}",
            model=question.model,
            session=f"check:{name}",
            user=f"{USER} {name}",  # else fairness between users would be what is measured
            text=WORDS,
            sampling=Sampling(max_tokens=question.tokens, temperature=0.0),
            history=(),
            remember=False,
            pin=question.host,
            private=False,  # nobody's words are in it
            allow_cloud=True,
            fallback=self._fleet.model(question.model).fallback,
            deadline_s=self._timeout_s,
            unhosted_life_s=self._timeout_s,
        )


def answer_of(question: Question, view: JobView) -> Answer:
    """Return how a question went that became this job."""
    timings = view.timings_ms()
    answered = view.outcome is Outcome.REPLY
    elsewhere = bool(question.host) and (view.host != question.host or not ELSEWHERE.isdisjoint(view.flags))

    def seconds(step: str) -> float | None:
        return timings[step] / MS if step in timings else None

    return Answer(
        model=question.model,
        asked_host=question.host,
        host=view.host if answered else "",
        answered_with=view.model if answered else "",
        ok=answered and not elsewhere,
        trouble="" if answered and not elsewhere else _trouble(view, answered),
        waited_s=seconds("claimed"),
        first_token_s=seconds("first_token"),
        total_s=seconds("done"),
        tokens=view.usage.completion_tokens,
    )


def _trouble(view: JobView, answered: bool) -> str:
    if answered:
        return f"{view.host} answered in its place"
    return view.error or (view.cause.value if view.cause else view.state.value)
