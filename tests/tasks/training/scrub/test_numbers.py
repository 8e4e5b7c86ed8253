from __future__ import annotations

from collections.abc import Callable

import pytest

from tasks.training.scrub import numbers

RIGHT: tuple[tuple[Callable[[str], bool], str], ...] = (
    (numbers.dni, "12345678Z"),
    (numbers.dni, "X1234567L"),
    (numbers.cpf, "111.444.777-35"),
    (numbers.nir, "1 85 05 78 006 084 91"),
    (numbers.ahv, "756.9217.0769.85"),
    (numbers.pesel, "PESEL: 44051401359"),
    (numbers.china, "11010519491231002X"),
    (numbers.personnummer, "811218-9876"),
    (numbers.personnummer, "19811218-9876"),
    (numbers.hetu, "131052-308T"),
    (numbers.steuer_id, "Steuer-ID 86 095 742 719"),
)


@pytest.mark.parametrize(("holds", "number"), RIGHT)
def test_a_number_that_is_right_is_known_and_one_with_a_slip_is_not(holds: Callable[[str], bool], number: str) -> None:
    assert holds(number)
    last = number[-1]
    assert not holds(number[:-1] + (chr(ord(last) + 1) if last not in "9Z" else chr(ord(last) - 1)))
