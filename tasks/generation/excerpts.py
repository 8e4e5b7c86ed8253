"""Which sentences of a conversation say most: what is left of it where no model may sum it up. Pure.

Nothing is put into other words, so nothing is said that was not said. What states something that can be looked for
(numbers, names), what people say of themselves and what was agreed goes before small talk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tasks.contracts import sentences as split
from tasks.contracts.condensed import SPEAKERS, Excerpt, Speaker, line
from tasks.contracts.facts import facts
from tasks.contracts.hearing import heard
from tasks.contracts.messages import Turn
from tasks.contracts.scrubbing import scrub
from tasks.generation.budget import TURN_TOKENS, estimate_tokens

MOST_CHARS = 200  # of one sentence
LEAST_CHARS = 8  # less says nothing
MOST_LOOKED_AT = 20_000  # characters of one message
MOST_FACTS = 4  # that count
_OF_THEMSELVES = re.compile(
    r"\b(?:my|i am|i'm|i was|i live|i work|i like|i love|i hate|i need|i want|i prefer|call me|ich bin|mein|je suis)\b",
    re.I,
)
_AGREED = re.compile(
    r"\b(?:remember|decided?|agreed?|will|i'll|we'll|must|should|never|always|important|because|deadline|todo|by"
    r" (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|next))\b",
    re.I,
)
_BULLET = re.compile(r"^(?:[-*•]|\d{1,2}[.)])\s+")


def chosen(before: Sequence[Excerpt], turns: Sequence[Turn], room_tokens: int) -> tuple[Excerpt, ...]:
    """Return what says most of what was chosen before and of these turns, in its order, as far as there is room.

    The same sentence stands there once; one that holds a secret never does, since it is kept for longer than the turns.
    """
    said = list(_each_once((*before, *sentences(turns))))
    worths = [worth(one) for one in said]
    left, taken = room_tokens, set[int]()
    for at in sorted(range(len(said)), key=lambda at: (worths[at], at), reverse=True):
        if worths[at] <= 0 or left <= TURN_TOKENS:
            break
        cost = estimate_tokens(line(said[at]))
        if cost <= left:
            taken.add(at)
            left -= cost
    return tuple(said[at] for at in sorted(taken))


def sentences(turns: Iterable[Turn]) -> Iterator[Excerpt]:
    """Yield the sentences of turns, without what was quoted in them."""
    for turn in turns:
        if turn.role not in SPEAKERS or not turn.job:
            continue
        role: Speaker = "assistant" if turn.role == "assistant" else "user"
        name, said = _said(turn)
        said = said[:MOST_LOOKED_AT]
        doubtful = scrub(said).dropped
        for part in split.sentences(said):
            text = _BULLET.sub("", part)
            if len(text) >= LEAST_CHARS and not (doubtful and scrub(text).dropped):
                cut = text if len(text) <= MOST_CHARS else text[: MOST_CHARS - 1].rstrip() + "…"
                yield Excerpt(text=f"{name}: {cut}" if name else cut, role=role, job=turn.job)


def worth(excerpt: Excerpt) -> float:
    """Return how much a sentence says; 0 and less is not worth its room."""
    text = excerpt.text
    said = min(MOST_FACTS, len(facts(text))) + 2.0 * bool(_OF_THEMSELVES.search(text))
    said += 1.5 * bool(_AGREED.search(text)) + min(1.0, len(text) / 80)
    asks = text.endswith(("?", "？"))
    return said - 1.0 * asks - 1.0 * (excerpt.role == "assistant")


def _said(turn: Turn) -> tuple[str, str]:
    """Return who said it, where it says so, and what."""
    told = heard(turn.text, direct=turn.role == "assistant")
    return told.name, told.text


def _each_once(excerpts: Iterable[Excerpt]) -> Iterator[Excerpt]:
    seen: set[str] = set()
    for one in excerpts:
        if (key := one.text.casefold()) not in seen:
            seen.add(key)
            yield one
