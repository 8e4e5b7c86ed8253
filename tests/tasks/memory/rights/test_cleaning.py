from __future__ import annotations

import pytest

from tasks.contracts.errors import BadInput
from tasks.memory.rights.cleaning import all_clean, clean

SECRET = "token ghp_" + "a1B2" * 9


def test_a_secret_is_refused_without_being_told() -> None:
    with pytest.raises(BadInput, match="secret") as caught:
        clean(f"keep my {SECRET}")
    assert "ghp_" not in f"{caught.value} {caught.value.next_step}"


@pytest.mark.parametrize("value", [{"a": [{"b": SECRET}]}, {SECRET: 1}, (SECRET,), SECRET])
def test_a_secret_is_refused_wherever_it_is(value: object) -> None:
    with pytest.raises(BadInput):
        all_clean(value)


def test_what_is_no_text_stays_as_it_is() -> None:
    assert all_clean({"n": 41555512345, "on": True, "none": None, "f": 0.5}) == {
        "n": 41555512345,
        "on": True,
        "none": None,
        "f": 0.5,
    }
