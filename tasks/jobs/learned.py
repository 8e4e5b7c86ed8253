"""What is shown of training, in the ledger: whoever trains tells it, pages and commands on any machine read it.

The runs' folders and the registry are the truth; this is what was last told of them. What people said stands apart, so
that whoever is forgotten can be sure that it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from tasks.contracts.learned import MOST_ADAPTERS, AdapterCard, RunCard, RunReport, SideBySide
from tasks.jobs import record
from tasks.jobs.values import Move

MOST_RUNS = 200  # the oldest go first
_ADAPTERS = TypeAdapter(tuple[AdapterCard, ...])
_SAMPLES = TypeAdapter(tuple[SideBySide, ...], config=ConfigDict(hide_input_in_errors=True))


def tell_run(report: RunReport) -> Move[bool]:
    """Keep what is to be shown of a run, in the place of what was told of it before."""
    card = report.card
    words = _SAMPLES.dump_json(report.samples).decode() if report.samples else ""
    told = report.model_dump_json(exclude={"samples"})
    args = ("run", card.run, card.began_ms, card.model_dump_json(), told, words, MOST_RUNS)
    return Move("learned", args, bool, rings=False)


def drop_words() -> Move[bool]:
    """Take away what was shown of what people said, in every run; figures stay."""
    return Move("learned", ("hush",), bool, rings=False)


def tell_adapters(persona: str, cards: Iterable[AdapterCard]) -> Move[bool]:
    """Keep which adapters of a persona there are, the newest first."""
    told = _ADAPTERS.dump_json(tuple(cards)[:MOST_ADAPTERS]).decode()
    return Move("learned", ("adapters", persona, told), bool, rings=False)


def runs() -> Move[tuple[RunCard, ...]]:
    """Return the runs that are known, the latest first."""
    return Move("learned", ("runs",), _cards, rings=False)


def run(name: str) -> Move[RunReport | None]:
    """Return all that is shown of a run; None: it is not known, or too long ago."""
    return Move("learned", ("one", name), _report, rings=False)


def adapters() -> Move[dict[str, tuple[AdapterCard, ...]]]:
    """Return the adapters of each persona that has any."""
    return Move("learned", ("kept",), _kept, rings=False)


def _cards(answer: list[str]) -> tuple[RunCard, ...]:
    return tuple(RunCard.model_validate_json(told) for told in answer)


def _report(answer: Any) -> RunReport | None:
    report, words = answer
    if not report:
        return None
    samples = _SAMPLES.validate_json(words) if words else ()
    return RunReport.model_validate_json(report).model_copy(update={"samples": samples})


def _kept(answer: list[Any]) -> dict[str, tuple[AdapterCard, ...]]:
    return {persona: _ADAPTERS.validate_json(told) for persona, told in record.paired(answer).items()}
