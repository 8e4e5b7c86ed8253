"""Rules for how people are reached: phones as they are written at home, and addresses of mail that hide from robots."""

from __future__ import annotations

import re

from tasks.contracts.scrubbing import Rule, personal
from tasks.training.scrub.told import digits_in, told

PHONE, EMAIL = "phone", "email"
_CALLS = (
    *("phone", "telephone", "mobile", "cell", "cellphone", "tel", "whatsapp", "signal", "call me", "call me on"),
    *("call me at", "text", "text me", "text me at", "ring me", "ring me on", "reach me at", "my number", "my phone"),
    *("telefon", "telefonnummer", "handy", "handynummer", "mobil", "meine nummer", "ruf an", "ruf an unter"),
    *("ruf mich an", "téléphone", "portable", "mon numéro", "appelle", "appelle-moi", "appelle-moi au", "teléfono"),
    *("telefono", "móvil", "celular", "mi número", "llámame", "llámame al", "cellulare", "chiamami", "chiamami al"),
    *("il mio numero", "telefone", "zap", "meu número", "me liga", "me liga no", "komórka", "mój numer", "zadzwoń"),
    *(
        "телефон",
        "мой номер",
        "позвони",
        "mijn nummer",
        "bel me",
        "手机",
        "手机号",
        "电话",
        "電話",
        "我的号码",
        "携帯",
        "전화번호",
    ),
)
_LOCAL = r"[a-z0-9._%+-]{1,64}"
_AT = r" ?[\[({] ?(?:at|@) ?[\])}] ?"
_DOT = r"(?: ?[\[({] ?(?:dot|punkt|\.) ?[\])}] ?|\.)"


def is_phone(text: str) -> bool:
    """Return whether this many digits are a phone's, and no date among them.

    >>> is_phone("0170 1234567"), is_phone("01.05.2024 10")
    (True, False)
    """
    dated = re.match(r"\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d[./-]\d\d[./-]\d\d", text)
    return not dated and 9 <= digits_in(text) <= 15


def _is_told(text: str) -> bool:
    return 7 <= digits_in(text) <= 15


RULES: tuple[Rule, ...] = (
    personal(EMAIL, rf"(?i)\b{_LOCAL}{_AT}[a-z0-9-]{{1,63}}(?:{_DOT}[a-z0-9-]{{2,63}}){{1,4}}\b", signs="[({"),
    personal(EMAIL, rf"(?i)\b{_LOCAL} at [a-z0-9-]{{1,63}}(?: dot [a-z0-9-]{{2,63}}){{1,4}}\b", signs=(" dot ",)),
    personal(
        PHONE,
        r"(?<![\w.,/:+-])0\d{1,4}(?:[ /.-]| [/-] )(?:\d{5,9}|\d{2,4}(?:[ .-]?\d{2,4}){1,4})(?![\w])(?!:\d)",
        is_phone,
        signs="0",
    ),
    personal(PHONE, r"(?<!\w)00[1-9]\d{8,13}(?!\w)", signs=("00",)),
    personal(PHONE, r"\(\d{2,5}\) ?\d{3,5}[ -]\d{4}\b", signs="("),
    personal(PHONE, r"(?<![\w.,/:+-])[6-9]\d{4} \d{5}(?![\w.])", signs="6789"),  # India
    told(PHONE, _CALLS, r"\(?\d[\d ()/.-]{5,18}\d", _is_told, between=r"[^\d\n,;?!+(]{0,12}"),
)
