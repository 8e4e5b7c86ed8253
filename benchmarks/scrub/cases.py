"""The texts by which scrubbing is judged: what people gave away, of fourteen kinds, and ordinary chat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
SEAM = "¦"  # within what looks like a secret, so that no search for secrets stops at the file; taken out on reading
GIVEN = re.compile(r"⟦(.*?)⟧", re.DOTALL)


@dataclass(frozen=True)
class Case:
    """A text in which somebody gave something away."""

    kind: str
    language: str
    text: str
    given: tuple[str, ...]
    """What of it must not be left."""

    def left(self, scrubbed: str) -> tuple[str, ...]:
        """Return what of it is still there: a part as a whole, or a number out of it."""
        numbers = (number for part in self.given for number in re.findall(r"\w*\d[\w-]*", part) if len(number) > 1)
        return tuple(told for told in (*self.given, *numbers) if told in scrubbed)


def given_away() -> list[Case]:
    """Return what people gave away: what the rules were written with."""
    return _cases("given_away.tsv")


def kept_back() -> list[Case]:
    """Return more of it, written after the rules and never used to mend them."""
    return _cases("kept_back.tsv")


def chat() -> list[str]:
    """Return ordinary lines of chat, in which there is nothing to hide."""
    return (FOLDER / "chat.txt").read_text(encoding="utf-8").splitlines()


def _cases(file: str) -> list[Case]:
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()[1:]
    return [_case(*line.replace(SEAM, "").replace("\\n", "\n").split("\t")) for line in lines]


def _case(kind: str, language: str, text: str) -> Case:
    return Case(kind, language, GIVEN.sub(r"\1", text), tuple(GIVEN.findall(text)))
