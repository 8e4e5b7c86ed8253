from __future__ import annotations

import pytest

from tasks.contracts.scrubbing import scrub
from tasks.training.scrub.homes import RULES


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("at 742 Evergreen Terrace, Springfield, OR 97403.", "at [postal address]."),
        ("in der Musterstraße 12, 10115 Berlin", "in der [postal address]"),
        ("bei Am Alten Markt 3, 50667 Köln", "bei [postal address]"),
        ("au 12 rue de la Paix, 75002 Paris", "au [postal address]"),
        ("in Via Roma 10, 00184 Roma", "in [postal address]"),
        ("op Prinsengracht 263", "op [postal address]"),
        ("på Storgatan 12", "på [postal address]"),
        ("на ул. Ленина, д. 5, кв. 12", "на [postal address]"),
        ("P.O. Box 1234", "[postal address]"),
    ],
)
def test_where_somebody_lives_is_masked_with_the_town_behind_it(text: str, left: str) -> None:
    assert scrub(text, RULES).text == left


@pytest.mark.parametrize(
    "text",
    [
        "the street was empty at 3",
        "on the road for 12 hours",
        "auf der Straße lagen 3 Autos",
        "5 good ways",
        "via con 3",
    ],
)
def test_a_street_without_a_house_is_left_alone(text: str) -> None:
    assert not scrub(text, RULES).found
