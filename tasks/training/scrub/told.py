"""How a rule is made of words: what somebody names first and tells then."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tasks.contracts.scrubbing import IT, Rule, personal

UNICODE = 0  # flags of a shape: letters and digits are those of every script
_LETTER = "A-Za-zÀ-ɏЀ-ӿ"  # of scripts that part words by spaces; in others a word may stand right beside another
_LINK = (
    r"is|was|it|ist|lautet|est|es|è|é|to|jest|är|on|это|do carro|de la voiture|машины|авто"
    r"|numbers?|no|nr|num|n|id|code|numero|número|numéro|nummer|номер"
)
_GAP = r"[\s:=#.,°º\"'№]"
#: What may stand between a name and a number: "passport number: 1", "passeport n° 1", "护照号码是1".
LINKS = rf"(?:{_GAP}{{0,3}}(?:(?i:{_LINK})(?![{_LETTER}])|号码?|號碼?|番号|是|为|為|は))" rf"{{0,4}}{_GAP}{{0,4}}"


def told(
    name: str,
    words: Sequence[str],
    value: str,
    holds: Callable[[str], bool] = bool,
    *,
    between: str = LINKS,
) -> Rule:
    """Return a rule that masks a value which comes after one of these words, in small letters, and what links them."""
    named = rf"(?<![{_LETTER}\d])(?i:{'|'.join(map(re.escape, words))})(?![{_LETTER}])"
    return personal(name, rf"{named}{between}(?P<{IT}>{value})(?![{_LETTER}\d])", holds, UNICODE, words)


def digits_in(text: str) -> int:
    """Return how many digits a text has.

    >>> digits_in("AB 12-3")
    3
    """
    return sum(char.isdecimal() for char in text)
