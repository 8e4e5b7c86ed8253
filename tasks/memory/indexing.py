"""What a memory is found by: who said it when, what, and what was said around it. Pure, but for the embedder.

The date and the name stand before the words, since questions ask for them; and a turn is found by its neighbours too,
since "yes, that one" says nothing by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tasks.memory import terms
from tasks.memory.embedders.embedding import Embedder
from tasks.memory.stores.store import Question, Vectors
from tasks.memory.values import Memory

MS = 1000
NEIGHBOURS = 1  # on either side
MOST_CHARS = 1_000  # of one turn among what is around another


def headed(memory: Memory) -> str:
    """Return a memory with who said it when before it.

    >>> headed(Memory("s", "t", "7", "I like tea.", 1_684_000_000_000, name="Ann"))
    '[13 May 2023] Ann: I like tea.'
    """
    day = datetime.fromtimestamp(memory.at_ms / MS, UTC)
    return f"[{day.day} {day:%B %Y}] {memory.name or memory.author}: {memory.text}"


def surrounded(turns: Sequence[Memory]) -> list[Memory]:
    """Return turns of one session, in their order, each with what was said around it."""
    said = [headed(turn)[:MOST_CHARS] for turn in turns]
    return [
        replace(turn, around="\n".join(said[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1]))
        for at, turn in enumerate(turns)
    ]


def indexed(memories: Sequence[Memory], embedder: Embedder) -> list[tuple[Memory, Vectors]]:
    """Return memories with what they are found by."""
    own = [headed(memory) for memory in memories]
    around = [memory.around or said for memory, said in zip(memories, own, strict=True)]
    made = embedder.embed([*own, *around])
    return [
        (
            replace(memory, model=embedder.model),
            Vectors(
                meaning=made[at],
                meaning_around=made[len(own) + at],
                words=terms.weights(own[at]),
                words_around=terms.weights(around[at], terms.MEAN_TERMS_AROUND),
            ),
        )
        for at, memory in enumerate(memories)
    ]


def asked(question: str, embedder: Embedder) -> Question:
    """Return a question as stores take it."""
    return Question(embedder.embed([question])[0], terms.asked(question))
