from __future__ import annotations

import pytest

from tasks.contracts.scrubbing import scrub
from tasks.training.scrub.places import RULES


@pytest.mark.parametrize(
    "text",
    ["52.520008, 13.404954", "40.7128° N", "40°26'46\"N", "lat=51.50735", "gps: 48.8566, 2.3522", "9F4MGC22+22"],
)
def test_a_place_to_a_few_metres_is_masked(text: str) -> None:
    assert not any(char.isdigit() for char in scrub(text, RULES).text)


@pytest.mark.parametrize(
    "text",
    [
        "the loss went from 2.3026, 1.9514 to 0.4821",
        "tensor([0.12345, -0.56789, 0.91011])",
        "152.520008, 13.404954",
        "it was 40° in the shade",
        "pi is 3.14159265358979",
        "at x 1200, y 64",
        "file:///home.of.ann",
    ],
)
def test_other_figures_are_left_alone(text: str) -> None:
    assert not scrub(text, RULES).found
