"""Telling apart threads of talk that run through each other in one channel. Pure.

Each two messages attract each other by what people go by who read along: a reply, a name that is called, the same
speaker, rare words that both have, a question and what follows it. Messages that have nothing in common repel each
other a little. Threads are the groups in which attraction is greatest in all (correlation clustering): first the two
that attract each other most are joined, again and again while anything does, then single messages change over.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from bots.listening.phrases import Phrases, words_of
from bots.listening.questions import has_question
from bots.listening.spoken import spoken
from bots.listening.topics import content_words
from bots.platform import Heard

NEAR_MS = 120_000  # after which a call weighs a third, and strangers repel each other that much less
LONG_MS = 300_000  # the same for a speaker and for words
REPLY = 10.0
CALL = 3.0
SPEAKER = 2.0
WORD = 1.5  # of one that nobody else uses
MOST_WORDS = 4.0
ANSWER = 0.8  # for the message behind a question; half for the one behind that
ANSWERS_WITHIN = 3  # messages
STRANGE = 0.2
SWEEPS = 5

Bonds = list[list[float]]


@dataclass(frozen=True)
class ConversationGroup:
    """Messages that belong together, the oldest first."""

    messages: tuple[Heard, ...]

    @property
    def participants(self) -> tuple[str, ...]:
        """Who takes part, in the order of their first word."""
        return tuple(dict.fromkeys(heard.author for heard in self.messages))


@dataclass(frozen=True)
class _Line:
    heard: Heard
    words: frozenset[str]
    calls: frozenset[str]
    asks: bool


def detect(messages: Sequence[Heard]) -> tuple[ConversationGroup, ...]:
    """Return the threads of a channel's messages, in the order in which they began.

    It takes time that grows with the square of their number: a hundred take some 50 ms.
    """
    names = Phrases((author, author) for author in dict.fromkeys(heard.author for heard in messages))
    bonds = _bonds([_line(heard, names) for heard in messages])
    groups: dict[int, list[Heard]] = defaultdict(list)
    for heard, label in zip(messages, _settled(_joined(bonds), bonds), strict=True):
        groups[label].append(heard)
    return tuple(ConversationGroup(tuple(group)) for group in groups.values())


def _line(heard: Heard, names: Phrases[str]) -> _Line:
    calls = names.values(words_of(spoken(heard.text))) - {heard.author}
    return _Line(heard, content_words(heard.text), frozenset(calls), has_question(heard.text))


def _bonds(lines: Sequence[_Line]) -> Bonds:
    """Return how much each two messages attract each other."""
    counts = Counter(word for line in lines for word in line.words)
    most = math.log(max(len(lines), 2))
    rarity = {word: math.log(len(lines) / count) / most for word, count in counts.items()}
    bonds = [[0.0] * len(lines) for _ in lines]
    for later, line in enumerate(lines):
        for earlier in range(later):
            bond = _bond(lines[earlier], line, later - earlier, rarity)
            bonds[earlier][later] = bonds[later][earlier] = bond
    return bonds


def _bond(said: _Line, line: _Line, apart: int, rarity: Mapping[str, float]) -> float:
    ago_ms = abs(line.heard.at_ms - said.heard.at_ms)
    near, lasting = math.exp(-ago_ms / NEAR_MS), math.exp(-ago_ms / LONG_MS)
    bond = -STRANGE * near
    if line.heard.replied_to and line.heard.replied_to == said.heard.message:
        bond += REPLY
    if said.heard.author in line.calls or line.heard.author in said.calls:
        bond += CALL * near
    if said.heard.author == line.heard.author:
        bond += SPEAKER * lasting
    elif said.asks and not line.asks and apart <= ANSWERS_WITHIN:
        bond += ANSWER / apart
    return bond + min(WORD * sum(rarity[word] for word in said.words & line.words), MOST_WORDS) * lasting


def _joined(bonds: Bonds) -> list[int]:
    """Return a label for each message: the two groups that attract each other most are joined while any do."""
    groups = {at: [at] for at in range(len(bonds))}
    pull = [list(row) for row in bonds]
    waiting = [(-pull[one][two], one, two) for one in groups for two in range(one) if pull[one][two] > 0]
    heapify(waiting)
    while waiting:
        force, one, two = heappop(waiting)
        if one not in groups or two not in groups or pull[one][two] != -force:
            continue
        groups[one] += groups.pop(two)
        for other in groups:
            if other != one:
                pull[one][other] = pull[other][one] = pull[one][other] + pull[two][other]
                if pull[one][other] > 0:
                    heappush(waiting, (-pull[one][other], one, other))
    labels = [0] * len(bonds)
    for label, members in groups.items():
        for member in members:
            labels[member] = label
    return labels


def _settled(labels: list[int], bonds: Bonds) -> list[int]:
    """Return the labels after each message went where it is attracted most, as long as any still move."""
    for _ in range(SWEEPS):
        moved = False
        for at, row in enumerate(bonds):
            pull: dict[int, float] = defaultdict(float)
            for other, bond in enumerate(row):
                if other != at:
                    pull[labels[other]] += bond
            best = max(pull, key=pull.__getitem__, default=labels[at])
            if pull[best] > max(pull.get(labels[at], 0.0), 0.0):
                labels[at], moved = best, True
        if not moved:
            break
    return labels
