"""The numbers that countries give their people, and how each proves itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.contracts.checkdigits import luhn_sum

DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
HETU_SIGNS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_CHINA = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_POLAND = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)


def digits_of(text: str) -> list[int]:
    """Return the digits of a text.

    >>> digits_of("12-3")
    [1, 2, 3]
    """
    return [int(char) for char in text if char.isdecimal()]


def dni(number: str) -> bool:
    """Return whether the letter of a Spanish DNI or NIE is right.

    >>> dni("12345678Z"), dni("X1234567L"), dni("12345678A")
    (True, True, False)
    """
    plain = number.replace("-", "").upper()
    first = {"X": "0", "Y": "1", "Z": "2"}.get(plain[0], plain[0])
    return DNI_LETTERS[int(first + plain[1:-1]) % 23] == plain[-1]


def cpf(number: str) -> bool:
    """Return whether both check digits of a Brazilian CPF are right.

    >>> cpf("111.444.777-35"), cpf("111.444.777-36")
    (True, False)
    """
    digits = digits_of(number)
    return all(_cpf_digit(digits[:end]) == digits[end] for end in (9, 10))


def _cpf_digit(digits: Sequence[int]) -> int:
    weighed = sum(digit * (len(digits) + 1 - at) for at, digit in enumerate(digits))
    return weighed * 10 % 11 % 10


def nir(number: str) -> bool:
    """Return whether the last two digits of a French number of social security are right.

    >>> nir("1 85 05 78 006 084 91"), nir("1 85 05 78 006 084 92")
    (True, False)
    """
    plain = "".join(map(str, digits_of(number)))
    return len(plain) == 15 and 97 - int(plain[:13]) % 97 == int(plain[13:])


def ahv(number: str) -> bool:
    """Return whether the last digit of a Swiss AHV number is right.

    >>> ahv("756.9217.0769.85"), ahv("756.9217.0769.84")
    (True, False)
    """
    digits = digits_of(number)
    return len(digits) == 13 and sum(digit * (3 if at % 2 else 1) for at, digit in enumerate(digits)) % 10 == 0


def pesel(number: str) -> bool:
    """Return whether the last digit of a Polish PESEL is right.

    >>> pesel("44051401359"), pesel("44051401358")
    (True, False)
    """
    digits = digits_of(number)
    return (10 - sum(digit * weight for digit, weight in zip(digits, _POLAND, strict=False)) % 10) % 10 == digits[10]


def china(number: str) -> bool:
    """Return whether the last sign of a Chinese number of residence is right.

    >>> china("11010519491231002X"), china("110105194912310021")
    (True, False)
    """
    weighed = sum(int(digit) * weight for digit, weight in zip(number[:17], _CHINA, strict=True))
    return "10X98765432"[weighed % 11] == number[17].upper()


def personnummer(number: str) -> bool:
    """Return whether the last digit of a Swedish personnummer is right.

    >>> personnummer("811218-9876"), personnummer("811218-9875")
    (True, False)
    """
    return luhn_sum(digits_of(number)[-10:]) % 10 == 0


def hetu(number: str) -> bool:
    """Return whether the last sign of a Finnish personal code is right.

    >>> hetu("131052-308T"), hetu("131052-308U")
    (True, False)
    """
    return HETU_SIGNS[int(number[:6] + number[7:10]) % 31] == number[10].upper()


def steuer_id(number: str) -> bool:
    """Return whether the last digit of a German tax number is right.

    >>> steuer_id("86 095 742 719"), steuer_id("86 095 742 718")
    (True, False)
    """
    product = 10
    digits = digits_of(number)
    for digit in digits[:10]:
        product = ((digit + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == digits[10]
