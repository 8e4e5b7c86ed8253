"""Is an answer somebody's own words? What one person wrote and a stranger must not be told, as runs of words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tasks.contracts.learning import Sample, Source

RUN_WORDS = 12  # of one person's line, told word for word: shorter ones are said by many
RUN_CHARS = 30  # and at least so long, for in some scripts a sign is a word
HABIT = 3  # conversations: what somebody says again and again is how they speak, and may be learned
PHRASE_WORDS = 5  # of which habits are made: a line that is put together of them is no memory either
LEAST_OWN_WORDS = 6  # of a copied run, that stand in no such phrase
_WORD = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]|[^\W_]+(?:['’][^\W_]+)*")  # where words are not parted, each sign


def words(text: str) -> list[str]:
    """Return the words of a text, without their marks and capitals.

    >>> words("Don't, ANN! 好的")
    ["don't", 'ann', '好', '的']
    """
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


@dataclass(frozen=True)
class Line:
    """What somebody wrote."""

    author: str
    conversation: str
    text: str


def lines_of(samples: Iterable[Sample]) -> Iterator[Line]:
    """Yield what people wrote, of what was learned from: questions, and answers where they are somebody's words."""
    for sample in samples:
        author = sample.author or "\0".join(sample.people)
        for turn in sample.turns:
            if turn.role == "user" and author:
                yield Line(turn.author or author, sample.conversation, turn.text)
        if author and sample.source is Source.IMITATED:  # a correction is given so that it is said
            yield Line(author, sample.conversation, sample.answer)


class Lines:
    """The runs of words that one person wrote, and nobody else, and not out of habit."""

    def __init__(self, lines: Iterable[Line], public: Iterable[str] = ()) -> None:
        """`public` are texts that anybody may be told: what was written for the persona by hand."""
        kept = list(lines)
        self._public = {run for text in public for run in _runs(words(text))}
        self._said = _sayers(kept, RUN_WORDS)
        self._phrases = {run for run, told in _sayers(kept, PHRASE_WORDS).items() if not _is_rare(told)}

    def copied(self, answer: str, known: Sequence[str] = ()) -> str:
        """Return the longest part of an answer that is copied; empty: none is. What `known` texts tell is not."""
        told = {run for text in known for run in _runs(words(text))}
        spoken = words(answer)
        theirs = [run not in told and self._is_ones_own(run) for run in _runs(spoken)]
        usual = self._usual(spoken)
        longest = ""
        for first, last in _stretches(theirs):
            until = last + RUN_WORDS
            part = " ".join(spoken[first:until])
            own = usual[first:until].count(False)
            if own >= LEAST_OWN_WORDS and len(part) >= RUN_CHARS:
                longest = max(longest, part, key=len)
        return longest

    def _is_ones_own(self, run: int) -> bool:
        return run not in self._public and _is_rare(self._said.get(run, ()))

    def _usual(self, spoken: Sequence[str]) -> list[bool]:
        """Return of each word whether it stands in a phrase that is somebody's habit, or several people's."""
        usual = [False] * len(spoken)
        for at, run in enumerate(_runs(spoken, PHRASE_WORDS)):
            if run in self._phrases:
                usual[at : at + PHRASE_WORDS] = [True] * PHRASE_WORDS
        return usual


Sayers = tuple[tuple[str, str], ...]  # who, and in which conversation


def _sayers(lines: Iterable[Line], length: int) -> dict[int, Sayers]:
    said: dict[int, Sayers] = {}
    for line in lines:
        here = ((line.author, line.conversation),)  # one for all runs of a line: there may be a million
        for run in _runs(words(line.text), length):
            told = said.setdefault(run, here)
            if here[0] not in told and len(told) < HABIT:
                said[run] = told + here
    return said


def _is_rare(told: Sayers) -> bool:
    """Return whether one person said it, and nobody else, and not out of habit."""
    return len({author for author, _ in told}) == 1 and len(told) < HABIT


def _stretches(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield where each row of true flags begins and ends.

    >>> list(_stretches([False, True, True, False, True]))
    [(1, 2), (4, 4)]
    """
    for flag, row in groupby(range(len(flags)), key=flags.__getitem__):
        if flag:
            ends = list(row)
            yield ends[0], ends[-1]


def shares_a_run(one: str, other: str, length: int) -> bool:
    """Return whether so many words of one text stand in another one, in a row."""
    return not set(_runs(words(one), length)).isdisjoint(_runs(words(other), length))


def _runs(spoken: Sequence[str], length: int = RUN_WORDS) -> Iterator[int]:
    """Yield every so many words in a row, as a number that is the same for the same words within a process."""
    for at in range(len(spoken) - length + 1):
        yield hash(tuple(spoken[at : at + length]))
