"""Samples and pairs as they may be learned from: masked, or left out for a secret. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TypeVar

from tasks.contracts.learning import Pair, Sample
from tasks.contracts.messages import ToolCall, Turn
from tasks.training.scrub.opinion import suspected
from tasks.training.scrub.rules import RULES, scrubbed

SECRET, SUSPECTED, BARE = "a secret", "what looks like a key to detect-secrets", "nothing left beside masks"
_MASKS = re.compile("|".join(rf"\[{re.escape(name)}\]" for name in sorted({rule.name for rule in RULES})))

Learned = TypeVar("Learned", Sample, Pair)


@dataclass
class Sieve:
    """Lets through what may be learned, and counts by rule what it held back; the words themselves it does not keep."""

    kept: int = 0
    masked: int = 0
    """Of those that were kept: in which something was masked."""
    dropped: Counter[str] = field(default_factory=Counter)
    """By why."""
    found: Counter[str] = field(default_factory=Counter)
    """By rule, in all that was looked through."""
    suspected: Counter[str] = field(default_factory=Counter)
    """By plugin of detect-secrets."""

    def sample(self, sample: Sample) -> Sample | None:
        """Return a sample as it may be learned from; None: it may not."""
        look = _Look()
        answer = look.at(sample.answer)
        turns = tuple(look.turn(turn) for turn in sample.turns)
        return self._told(sample, look, sample.model_copy(update={"turns": turns, "answer": answer}), (answer,))

    def pair(self, pair: Pair) -> Pair | None:
        """Return a pair as it may be learned from; None: it may not."""
        look = _Look()
        chosen, rejected = look.at(pair.chosen), look.at(pair.rejected)
        turns = tuple(look.turn(turn) for turn in pair.turns)
        cleaned = pair.model_copy(update={"turns": turns, "chosen": chosen, "rejected": rejected})
        return self._told(pair, look, cleaned, (chosen, rejected))

    def _told(self, was: Learned, look: _Look, cleaned: Learned, answers: tuple[str, ...]) -> Learned | None:
        self.found += look.found
        self.suspected += look.suspected
        if why := look.why or (BARE if not all(map(_says_something, answers)) else ""):
            self.dropped[why] += 1
            return None
        self.kept += 1
        self.masked += cleaned != was
        return cleaned


class _Look:
    """Looks through the texts of one sample."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.suspected: Counter[str] = Counter()
        self.why = ""

    def at(self, text: str) -> str:
        cleaned = scrubbed(text)
        self.found += cleaned.found
        if cleaned.dropped:
            self.why = SECRET
        elif doubts := suspected(text):
            self.suspected += doubts
            self.why = self.why or SUSPECTED
        return cleaned.text

    def turn(self, turn: Turn) -> Turn:
        calls = tuple(self._call(call) for call in turn.calls)
        return turn.model_copy(update={"text": self.at(turn.text), "author": self.at(turn.author), "calls": calls})

    def _call(self, call: ToolCall) -> ToolCall:
        return call.model_copy(update={"arguments": self.at(call.arguments)})


def _says_something(answer: str) -> bool:
    return any(char.isalnum() for char in _MASKS.sub("", answer))
