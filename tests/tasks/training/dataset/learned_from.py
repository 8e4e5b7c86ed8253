"""Samples to make data sets of: by hand, and as hypothesis thinks of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies

from tasks.contracts.learning import Sample, Source
from tasks.contracts.messages import Turn

HOUR_MS = 3_600_000
WORDS = "anchor barrel compass deck engine flag galley harbour island jetty keel lantern mast needle ocean port".split()  # noqa: SIM905


def sample(number: int, **fields: Any) -> Sample:
    """Return a sample that no other number is like."""
    words = [WORDS[(number * 7 + step * (number % 5 + 1)) % len(WORDS)] for step in range(6)]
    told: dict[str, Any] = {
        "id": f"s{number:05d}",
        "persona": "pirate",
        "author": "web:anna",
        "people": (fields.get("author", "web:anna"),) if fields.get("author", "web:anna") else (),
        "conversation": f"c{number}",
        "at_ms": number * HOUR_MS,
        "source": Source.LIKED,
        "turns": (Turn(role="user", text=f"Question {number * 7919}: {' '.join(words[:3])}?"),),
        "answer": f"Answer {number * 104729}: {' '.join(reversed(words))}.",
        "jobs": (f"job-{number}",),
    }
    return Sample(**{**told, **fields})


def talk(count: int, *, authors: int = 1, of_one: int = 2, first: int = 0, **fields: Any) -> list[Sample]:
    """Return so many samples in conversations of `of_one`, their authors in turn."""
    return [
        sample(number, author=f"web:{number % authors}", conversation=f"c{number // of_one}", **fields)
        for number in range(first, first + count)
    ]


@strategies.composite
def samples(draw: Any, most: int = 60) -> list[Sample]:
    """Return samples of a few people in a few conversations, some alike, of answers of any length."""
    count = draw(strategies.integers(0, most))
    small = strategies.integers(0, 9)
    made = []
    for number in range(count):
        author = draw(strategies.sampled_from(["", "web:a", "web:b", "web:b", "web:c", "web:d"]))
        alike = draw(strategies.integers(0, 40))
        like = sample(alike)
        made.append(
            sample(
                number,
                author=author,
                conversation=f"c{draw(small)}",
                at_ms=draw(strategies.integers(0, 50)) * HOUR_MS,
                turns=(
                    *(Turn(role="assistant", text=sample(alike + 1).answer) for _ in range(number % 2)),
                    *like.turns,
                ),
                answer=like.answer + draw(strategies.sampled_from(["", "!", " and so on, mate" * 4])),
            )
        )
    return made
