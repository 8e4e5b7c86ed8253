"""A rule for the day on which somebody was born: a date with its year, beside a word that says what day that was."""

from __future__ import annotations

import re

from tasks.contracts.scrubbing import Rule, personal
from tasks.training.scrub.told import UNICODE, told

BORN = "birth date"
FIRST_YEAR = 1920  # who was born before is rarely a person who writes here, and often one of whom books tell
_BORN = (
    *(
        "born",
        "born on",
        "birthday",
        "date of birth",
        "birth date",
        "dob",
        "bday",
        "d.o.b.",
        "geboren",
        "geb.",
        "geburtstag",
    ),
    *("geburtsdatum", "né le", "née le", "naissance", "anniversaire", "nací", "naci", "nació", "nacimiento"),
    *("cumpleaños", "nato il", "nata il", "nascita", "compleanno", "nasci", "nasceu", "nascimento", "aniversário"),
    *("urodziłam", "urodziłem", "urodził", "urodzona", "urodzony", "urodzenia", "urodziny", "родился", "родилась"),
    *("рождения", "geboortedatum", "geboortedag", "född", "fødselsdag", "doğum", "doğum günüm", "出生", "生日"),
    *("生年月日", "誕生日", "생년월일", "생일"),
)
_MONTH = r"[^\W\d_]{3,10}\.?"  # in any language: the word beside it says that this is a date
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"(?:the )?\d{{1,2}}(?:st|nd|rd|th|er|º|\.)? ?(?:of |de )?{_MONTH},? (?:de |del )?{_YEAR}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}"
    rf"|{_YEAR}[./-]\d{{1,2}}[./-]\d{{1,2}}|\d{{1,2}}[./-]\d{{1,2}}[./-](?:{_YEAR}|\d\d)"
    rf"|{_YEAR} ?[年년] ?\d{{1,2}} ?[月월] ?\d{{1,2}} ?[日일]"
)
#: Without a year the month has to be one.
_SHORT = (
    r"(?i:jan|feb|fév|m[aä]r|apr|abr|avr|ma[iyg]|jui?n|jui?l|giu|lug|aug|ago|aoû|sep|set|o[ckt]t|out|nov|d[eéi][czs]|ene|gen)"
    r"[a-zéû]{0,7}\.?"
)
_DAY = rf"(?:the )?\d{{1,2}}(?:st|nd|rd|th|er|º|\.)? ?(?:of |de )?{_SHORT}|{_SHORT} \d{{1,2}}(?:st|nd|rd|th)?"
_BIRTHDAYS = (
    *("my birthday", "birthday is", "geburtstag", "mon anniversaire", "mi cumpleaños", "mio compleanno"),
    *("meu aniversário", "bday"),
)


def is_recent(text: str) -> bool:
    """Return whether somebody born then may be among those who write here.

    >>> is_recent("born on May 3, 1990"), is_recent("nació en 25 de octubre de 1881"), is_recent("dob 3/5/90")
    (True, False, True)
    """
    years = re.findall(r"(?<!\d)(?:1\d|20)\d\d(?!\d)", text)
    return not years or int(years[-1]) >= FIRST_YEAR


RULES: tuple[Rule, ...] = (
    told(BORN, _BORN, _DATE, is_recent, between=r"[^\d\n.!?;]{0,25}?"),
    told(BORN, _BIRTHDAYS, _DAY, between=r"(?i:[\s:]|is|ist|am|on|es|est|le|el|il|é|è|em){1,8}"),
    personal(BORN, rf"(?i)(?<!\w)(?P<it>{_DATE})(?: in \w{{2,20}})? geboren\b", is_recent, UNICODE, ("geboren",)),
)
