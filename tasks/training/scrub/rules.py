"""What must not be learned: all that is not remembered either, and what a friend may remember and a model may not."""

from __future__ import annotations

from tasks.contracts.scrubbing import RULES as REMEMBERED
from tasks.contracts.scrubbing import Rule, Scrubbed, scrub
from tasks.training.scrub import born, homes, numbered, places, reached

RULES: tuple[Rule, ...] = (
    *REMEMBERED,
    *numbered.RULES,
    *reached.RULES,
    *born.RULES,
    *homes.RULES,
    *places.RULES,
)
UNSEEN = dict.fromkeys((0x200B, 0x2060, 0xFEFF, 0x00AD))  # they part words for nobody's eye


def scrubbed(text: str) -> Scrubbed:
    """Return a text as it may be learned from.

    >>> scrubbed("ich bin am 3.5.1990 geboren").text
    'ich bin am [birth date] geboren'
    """
    return scrub(text if text.isascii() else text.translate(UNSEEN), RULES)
