"""Numbers that prove themselves: cards, accounts and addresses of money carry digits by which a slip is seen. Pure."""

from __future__ import annotations

import hashlib
import re

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {char: value for value, char in enumerate(BASE58)}
_CHECK_BYTES = 4


def luhn(number: str) -> bool:
    """Return whether the last digit of a card's number is the right one (ISO/IEC 7812).

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(char) for char in number if char.isdecimal()]
    return 13 <= len(digits) <= 19 and luhn_sum(digits) % 10 == 0


def luhn_sum(digits: list[int]) -> int:
    """Return the sum of digits, every second one from the right doubled.

    >>> luhn_sum([1, 8])
    10
    """
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return sum(digits[-1::-2]) + sum(doubled)


def iban(number: str) -> bool:
    """Return whether the check digits of an account's number are right (ISO 13616).

    >>> iban("DE89 3704 0044 0532 0130 00"), iban("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    plain = re.sub(r"[\s-]", "", number).upper()
    turned = "".join(str(int(char, 36)) for char in plain[4:] + plain[:4])
    return 15 <= len(plain) <= 34 and int(turned) % 97 == 1


def base58check(address: str) -> bool:
    """Return whether the address of a wallet ends as it should: Bitcoin's of old, Litecoin's, Dogecoin's, Tron's.

    >>> base58check("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), base58check("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")
    (True, False)
    """
    number = 0
    for char in address:
        number = number * len(BASE58) + _DIGITS[char]
    raw = number.to_bytes(25, "big") if number.bit_length() <= 200 else b""
    twice = hashlib.sha256(hashlib.sha256(raw[:-_CHECK_BYTES]).digest()).digest()
    return bool(raw) and twice[:_CHECK_BYTES] == raw[-_CHECK_BYTES:]
