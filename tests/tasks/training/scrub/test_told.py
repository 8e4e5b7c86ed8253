from __future__ import annotations

import pytest

from tasks.contracts.scrubbing import scrub
from tasks.training.scrub.told import told

RULE = told("badge", ("badge", "ausweis", "证件"), r"[A-Z]\d{4}")


@pytest.mark.parametrize(
    "text",
    [
        "badge A1234",
        "Badge: A1234",
        "my badge number is A1234",
        "badge no. A1234",
        "Ausweis Nr. A1234",
        "证件号码是A1234",
    ],
)
def test_a_value_is_found_behind_its_name_and_what_links_them(text: str) -> None:
    assert scrub(text, [RULE]).text == text.replace("A1234", "[badge]")


@pytest.mark.parametrize("text", ["A1234", "badges A1234", "badge of honour A1234", "badge A12345", "abadge A1234"])
def test_a_value_without_its_name_is_left_alone(text: str) -> None:
    assert scrub(text, [RULE]).text == text


def test_a_text_without_any_of_the_names_is_not_looked_through() -> None:
    assert RULE.signs == ("badge", "ausweis", "证件")
