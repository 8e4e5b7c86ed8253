from __future__ import annotations

import pytest

from tasks.contracts.checkdigits import base58check, iban, luhn


def test_the_last_digit_of_a_card_is_checked() -> None:
    assert luhn("5555-5555-5555-4444")
    assert not luhn("5555-5555-5555-4445")
    assert not luhn("18")


def test_the_check_digits_of_an_account_are_checked() -> None:
    assert iban("GB82 WEST 1234 5698 7654 32")
    assert iban("gb82-west-1234-5698-7654-32")
    assert not iban("GB83 WEST 1234 5698 7654 32")


@pytest.mark.parametrize(
    "address",
    ["3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", "1111111111111111111114oLvT2"],
)
def test_the_end_of_a_wallet_is_checked(address: str) -> None:
    assert base58check(address)
    assert not base58check(address[:-1] + ("2" if address[-1] != "2" else "3"))


def test_what_is_too_long_for_a_wallet_is_none() -> None:
    assert not base58check("z" * 40)
