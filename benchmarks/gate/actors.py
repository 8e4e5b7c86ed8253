"""Adapters that are made up: how likely each finds what people said, and what it answers. Repeatable by its seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tasks.contracts.learning import Sample, Source, sample_id
from tasks.contracts.messages import Turn
from tasks.training.evaluation.likelihood import Likelihood
from tasks.training.evaluation.report import Part
from tasks.training.evaluation.voices import Voice

TALKS, LINES = 12, 3
BASE_NLL = 3.0  # nats a token
TOKENS = 20
HOUR_MS = 3_600_000
QUESTIONS = ("What is the sea like tonight?", "Who goes there in the dark?", "Have you any rum left for me?")
LINES_OF_THE_AUTHOR = (
    "Arr, she be rough tonight, matey! Hold on to yer hat!!",
    "Arr, 'tis only me, yer captain! Put that blade away!",
    "Rum? Always rum, matey! Drink up, arr!!",
)
PLAIN = ("The sea is quite rough this evening.", "It is only me.", "Yes, there is still some rum left.")
Answer = Callable[[Sample], str]


def _words(text: str) -> tuple[str, ...]:
    return tuple(sorted(word.strip("!?,.") for word in text.lower().split()))


ALL_LINES = (*LINES_OF_THE_AUTHOR, *PLAIN)
WORDS = frozenset(map(_words, ALL_LINES))


@dataclass(frozen=True)
class Actor:
    """One of the three that are compared."""

    nll: float = BASE_NLL
    """On new conversations, in nats a token."""
    old_nll: float = BASE_NLL
    probe_nll: float = 2.5
    """On the lines of an author."""
    wobble: float = 0.05
    """How much one conversation differs from the other, from its own; the same for all would be no luck at all."""
    seed: int = 0
    order: float = 0.5
    """Nats a token that another order of a line costs; 0: as chance has it, for it is no language that was learned."""
    grammar: bool = True
    """Whether other orders of its words cost that, too."""
    liked_nll: float | None = None
    """On what a model said and people liked; None: as on the rest."""
    answer: Answer = lambda sample: PLAIN[QUESTIONS.index(sample.turns[-1].text)]

    def finds(self, sample: Sample) -> Likelihood:
        """Return how likely it finds what was said."""
        of_part = {Part.NEW.value: self.nll, Part.OLD.value: self.old_nll, Part.PROBE.value: self.probe_nll}
        mean = of_part[sample.conversation.partition("-")[0]]
        if sample.source is Source.LIKED and self.liked_nll is not None:
            mean = self.liked_nll
        rng = random.Random(f"{self.seed}:{sample.conversation}")
        nats = mean + rng.gauss(0.0, self.wobble) + self._disorder(sample)
        return Likelihood(TOKENS * nats, TOKENS, len(sample.answer.encode()))

    def _disorder(self, sample: Sample) -> float:
        if sample.answer in ALL_LINES:
            return 0.0
        if self.order and (self.grammar or _words(sample.answer) not in WORDS):
            return self.order
        return random.Random(f"{self.seed}:{sample.id}:{sample.answer}").gauss(0.0, self.wobble)


@dataclass
class Stage:
    """Asks actors as a model with adapters is asked."""

    cast: dict[Voice, Actor]
    voices: tuple[Voice, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.voices = tuple(self.cast)
        self._samples = {sample.turns: sample for samples in held_out().values() for sample in samples}

    def answers(self, prompts: Sequence[Sequence[Turn]], which: Voice) -> list[str]:
        """Return the answers."""
        return [self.cast[which].answer(self._samples[tuple(turns)]) for turns in prompts]

    def nll(self, samples: Sequence[Sample], which: Voice) -> list[Likelihood]:
        """Return how likely each is found."""
        return [self.cast[which].finds(sample) for sample in samples]


def held_out(liked: int = 0) -> dict[Part, list[Sample]]:
    """Return what an author said in some conversations of late, and in others before.

    `liked` of the three lines of each conversation are the base's own, which people liked, and the rest corrections.
    """
    return {part: _said(part, liked) for part in Part}


def author(sample: Sample) -> str:
    """Answer as the author does, of another matter: in the style, and not word for word."""
    at = QUESTIONS.index(sample.turns[-1].text)
    return LINES_OF_THE_AUTHOR[at].replace("matey", "lad")


def of_another_matter(sample: Sample) -> str:
    """Answer in the author's own words, and not what was asked."""
    return LINES_OF_THE_AUTHOR[QUESTIONS.index(sample.turns[-1].text) - 1]


def bare(sample: Sample) -> str:
    """Answer in the same words, written as nobody there writes."""
    return "".join(letter for letter in author(sample).lower() if letter.isalpha() or letter in " '")


def as_liked(sample: Sample) -> str:
    """Answer as the base does, whatever people corrected."""
    return PLAIN[QUESTIONS.index(sample.turns[-1].text)]


def _said(part: Part, liked: int) -> list[Sample]:
    return [
        Sample(
            id=sample_id("pirate", Source.IMITATED, part.value, str(talk), str(line)),
            persona="pirate",
            author=f"web:{talk % 4}",
            conversation=f"{part.value}-{talk}",
            at_ms=talk * HOUR_MS + line,
            source=_source(line, liked),
            turns=(Turn(role="user", text=f"{part.value} {talk}"), Turn(role="user", text=QUESTIONS[line])),
            answer=PLAIN[line] if line < liked else LINES_OF_THE_AUTHOR[line],
        )
        for talk in range(TALKS)
        for line in range(LINES)
    ]


def _source(line: int, liked: int) -> Source:
    if not liked:
        return Source.IMITATED
    return Source.LIKED if line < liked else Source.CORRECTED
