from __future__ import annotations

import pytest

from tasks.contracts.scrubbing import scrub
from tasks.training.scrub.numbered import RULES


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("111.444.777-35", "[national number]"),
        ("PESEL 44051401359", "PESEL [national number]"),
        ("my passport number is X1234567", "my passport number is [passport]"),
        ("паспорт 45 08 123456", "паспорт [passport]"),
        ("Kennzeichen: B-AB 1234", "Kennzeichen: [plate]"),
        ("номер машины А123ВС77", "номер машины [plate]"),
        ("sort code 12-34-56, account number 87654321", "sort code [account], account number [account]"),
        ("cvv 123", "cvv [card]"),
    ],
)
def test_a_number_of_somebody_is_masked(text: str, left: str) -> None:
    assert scrub(text, RULES).text == left


@pytest.mark.parametrize(
    "text",
    [
        "111.444.777-36",
        "order 44051401359",
        "my passport expires in 2027",
        "my plate is full",
        "put it on the plate at 12",
        "my account was banned in 2019",
        "12345678A is a part of ours",
    ],
)
def test_a_number_of_something_else_is_left_alone(text: str) -> None:
    assert not scrub(text, RULES).found
