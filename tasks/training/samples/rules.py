"""What a run may learn from: since when, whose words, how long they have to be, and what is left out. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from tasks.contracts import patterns
from tasks.contracts.errors import ConfigurationError
from tasks.contracts.learning import Pair, Sample
from tasks.jobs.consents import Consents
from tasks.training.runs.spec import RunSpec


class Reason(StrEnum):
    """Why something that was said is not learned from."""

    NOT_AGREED = "somebody in it did not agree"
    CLOSED = "its channel is left out"
    SHORT = "too short"
    EXCLUDED = "a pattern excludes it"
    ALONE = "nothing was said before it"
    FORGOTTEN = "it was forgotten"


@dataclass(frozen=True)
class Rules:
    """What holds for one run."""

    persona: str
    since_ms: int
    until_ms: int
    consents: Consents
    min_chars: int = 0
    exclude: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()
    """Ids of samples that must not be learned from."""
    alone: bool = False
    """Whether each question stands alone for this persona, whatever was said before."""

    @classmethod
    def of(cls, spec: RunSpec, since_ms: int, consents: Consents) -> Self:
        """Return the rules of a run. Raises ConfigurationError: a pattern of `exclude` is none."""
        for pattern in spec.training.exclude:
            _check(pattern)
        return cls(
            persona=spec.persona.name,
            since_ms=since_ms,
            until_ms=spec.until_ms,
            consents=consents,
            min_chars=spec.training.min_chars,
            exclude=spec.training.exclude,
            without=frozenset(spec.without),
            alone=spec.persona.context == "none",
        )

    def is_new(self, at_ms: int) -> bool:
        """Return whether something is of the time that this run learns from."""
        return self.since_ms < at_ms <= self.until_ms

    def excludes(self, text: str) -> bool:
        """Return whether a text is left out by a pattern."""
        return any(patterns.found(pattern, text) for pattern in self.exclude)

    def refusal(self, sample: Sample | Pair, answer: str) -> Reason | None:
        """Return why a sample is not learned from although people agreed; None: it is."""
        asked = sample.turns[-1].text
        if sample.id in self.without:
            return Reason.FORGOTTEN
        if len(asked) + len(answer) < self.min_chars:
            return Reason.SHORT
        return Reason.EXCLUDED if self.excludes(asked) or self.excludes(answer) else None


@dataclass
class Found:
    """What there is to learn from some of what was said, and why not from the rest."""

    samples: list[Sample] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    left_out: Counter[Reason] = field(default_factory=Counter)

    def take(self, sample: Sample, rules: Rules) -> bool:
        """Take a sample in; False: it may not be learned from, and it is noted why."""
        why = rules.refusal(sample, sample.answer)
        if why is None:
            self.samples.append(sample)
            return True
        self.left_out[why] += 1
        return False

    def take_written(self, sample: Sample, rules: Rules) -> None:
        """Take an example in, which its author wants as it is."""
        if sample.id in rules.without:
            self.left_out[Reason.FORGOTTEN] += 1
        else:
            self.samples.append(sample)

    def take_pair(self, pair: Pair, rules: Rules) -> None:
        """Take a pair in, unless the answer that it is better than may not be learned from either."""
        if not rules.refusal(pair, pair.rejected):
            self.pairs.append(pair)


def _check(pattern: str) -> None:
    try:
        patterns.check(pattern)
    except ValueError as exc:
        raise ConfigurationError(
            f"[training] exclude: {pattern!r} cannot be used: {exc}", next_step="mend it in rookery.toml"
        ) from exc
