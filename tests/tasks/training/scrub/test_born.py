from __future__ import annotations

import pytest

from tasks.contracts.scrubbing import scrub
from tasks.training.scrub.born import RULES


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I was born on May 3, 1990, in Rome", "I was born on [birth date], in Rome"),
        ("ich bin am 3.5.1990 in Köln geboren", "ich bin am [birth date] in Köln geboren"),
        ("geb. 3.5.90", "geb. [birth date]"),
        ("my birthday is on 3 May", "my birthday is on [birth date]"),
        ("Geburtstag: 3. Mai", "Geburtstag: [birth date]"),
    ],
)
def test_the_day_on_which_somebody_was_born_is_masked(text: str, left: str) -> None:
    assert scrub(text, RULES).text == left


@pytest.mark.parametrize(
    "text",
    [
        "the meeting is on 3 May 1990",
        "Mozart was born on 27 January 1756",
        "born to be wild. It came out on May 3, 1968",
        "the NATO summit on 12.03.2025",
        "happy birthday! 3 people have come",
        "mein Geburtstag ist nächste Woche",
    ],
)
def test_another_day_is_left_alone(text: str) -> None:
    assert not scrub(text, RULES).found
