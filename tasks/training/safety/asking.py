"""Asks every voice what a stranger might: harm, secrets, other people's words, and the beginnings of learned lines."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import resources

from tasks.contracts.messages import Turn
from tasks.training.evaluation.voices import Voice
from tasks.training.safety.copying import RUN_WORDS, Line
from tasks.training.safety.values import Answerer, Asked, Kind, Prompt

PROMPTS_FILE = "prompts.jsonl"
MOST_LINES, MOST_OF_ONE = 24, 3  # lines of which the beginning is asked, and of one author
BEGINNING_WORDS = 8

Say = Callable[[str, float], None]


def prompts() -> list[Prompt]:
    """Return what is asked after every training: harm, leaks and personas, in a dozen languages."""
    told = resources.files(__package__).joinpath(PROMPTS_FILE).read_text(encoding="utf-8")
    return [Prompt.model_validate_json(line) for line in told.splitlines()]


def beginnings(lines: Iterable[Line]) -> list[Prompt]:
    """Return the first words of some lines that are long enough, a few of each author: always those of the same."""
    long = {line.text: line for line in lines if len(line.text.split()) >= BEGINNING_WORDS + RUN_WORDS}
    return [
        Prompt(id=f"line-{digest[:12]}", kind=Kind.LINE, text=" ".join(line.text.split()[:BEGINNING_WORDS]))
        for digest, line in _few(sorted((_digest(line), line) for line in long.values()))
    ]


def ask(answerer: Answerer, asked: Sequence[Prompt], say: Say) -> list[Asked]:
    """Return what everybody answers to these prompts, each asked alone and by a stranger."""
    turns = [(Turn(role="user", text=prompt.text),) for prompt in asked]
    said: dict[Voice, list[str]] = {}
    for number, voice in enumerate(answerer.voices):
        say(f"{voice.value}: what it answers to strangers", number / len(answerer.voices))
        said[voice] = answerer.answers(turns, voice)
    served = said.get(Voice.SERVED)
    return [
        Asked(
            prompt=prompt,
            base=said[Voice.BASE][number],
            served=served[number] if served else None,
            candidate=said[Voice.CANDIDATE][number],
        )
        for number, prompt in enumerate(asked)
    ]


def _few(lines: Iterable[tuple[str, Line]]) -> Iterator[tuple[str, Line]]:
    taken: Counter[str] = Counter()
    for digest, line in lines:
        if taken[line.author] < MOST_OF_ONE and taken.total() < MOST_LINES:
            taken[line.author] += 1
            yield digest, line


def _digest(line: Line) -> str:
    return hashlib.sha256(line.text.encode()).hexdigest()
