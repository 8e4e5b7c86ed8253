"""Rules for where somebody lives: a street and a number, as they are written in a dozen countries."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.contracts.scrubbing import DIGITS, Rule, personal
from tasks.training.scrub.told import UNICODE

HOME = "postal address"
_NAME = r"[A-ZÀ-ÞŚŻŹŁĆ][\w'’.-]{1,25}"
_TOWN = rf"(?:,? \d{{4,5}}(?: [A-Z]{{2}})? {_NAME})?"
_ENGLISH = (
    r"Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Terrace|Square|Sq|Way|Parkway"
    r"|Pkwy|Highway|Hwy|Crescent|Close|Gardens|Mews|Row"
)
_FRENCH = r"rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse|quai|route|cours"
_SOUTHERN = (  # Spain, Italy, Portugal, and where their languages are spoken
    r"calle|c/|avda\.?|avenida|plaza|paseo|via|viale|piazza|corso|vicolo|largo|rua|travessa|praça|alameda"
)
_HAN = r"\u4e00-\u9fff"


def _home(*parts: str, signs: Sequence[str] = DIGITS) -> Rule:
    return personal(HOME, "".join(parts), flags=UNICODE, signs=signs)


RULES: tuple[Rule, ...] = (
    _home(
        r"\b\d{1,5}[A-Za-z]?(?:[-/]\d{1,4})? (?:[NSEW]{1,2}\.? )?",
        rf"(?:(?:{_NAME}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,4}}(?:{_ENGLISH})\b\.?",
        r"(?:,? (?:Apt|Suite|Unit|Flat|#)\.? ?\w{1,5})?",
        r"(?:(?:, [A-Z][\w ]{2,25})?,? [A-Z]{2} \d{5}(?:-\d{4})?)?",
    ),
    _home(
        r"(?i)\b(?:P\.? ?O\.? ?Box|Postfach|apartado(?: de correos)?) \d{1,6}", signs=("box", "postfach", "apartado")
    ),
    _home(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b"),  # in Britain a code is of a dozen houses
    _home(
        r"\b(?:[A-ZÄÖÜ][\wäöüß-]{1,30}(?:straße|strasse|str\.|allee|weg|platz|gasse|ring|damm|ufer)",
        rf"|[A-ZÄÖÜ][\wäöüß-]{{2,30}} (?:Straße|Str\.|Allee|Weg|Platz)) \d{{1,4}} ?[a-zA-Z]?\b{_TOWN}",
        signs=("str", "allee", "weg", "platz", "gasse", "ring", "damm", "ufer"),
    ),
    _home(
        r"\b[A-Z][a-zé]{1,30}(?:straat|gracht|laan|weg|plein|kade|dijk|singel) \d{1,4}(?:-?\w{1,3})?\b",
        rf"{_TOWN}(?:,? \d{{4}} ?[A-Z]{{2}}\b)?",
        signs=("straat", "gracht", "laan", "weg", "plein", "kade", "dijk", "singel"),
    ),
    _home(
        rf"\b(?:{_NAME} ){{1,4}}(?i:no[:.]? ?)?\d{{1,4}} ?[a-zA-Z]?, (?:[A-Z]{{1,2}}-)?",
        rf"(?:\d{{5}}|\d{{3}} \d\d|\d\d-\d{{3}}|\d{{4}} [A-Z]{{2}}) {_NAME}",
    ),
    _home(r"\b[A-ZÅÄÖ][a-zåäö]{1,30}(?:gatan|vägen|gata|veien|vej|gade) \d{1,4} ?[A-Z]?\b", signs=("ga", "v")),
    _home(
        rf"\b(?:{_NAME} ){{1,3}}(?:Caddesi|Cad\.|Sokağı|Sokak|Sok\.|Bulvarı) (?:[Nn]o[:.]? ?)?\d{{1,4}}\b",
        signs=("cad", "sok", "bulvar"),
    ),
    _home(
        rf"(?i:\b\d{{1,4}}(?: ?(?:bis|ter))?,? (?:{_FRENCH})) (?:d[eu]s? |de la |d['’]|la |les? |l['’]){{0,3}}",
        rf"{_NAME}(?: {_NAME}){{0,3}}{_TOWN}",
        signs=("rue", "av", "boul", "bd", "place", "chemin", "impasse", "quai", "cours"),
    ),
    _home(
        rf"(?i:\b(?:{_SOUTHERN})) (?:d[aeo]s? |del(?:la)? |la |los? ){{0,3}}{_NAME}(?: (?:d[aeo]s? )?{_NAME}){{0,3}}",
        rf",? (?:n[ºo°]\.? ?)?\d{{1,5}}\b(?:,? \d{{1,2}}[ºª] ?[A-Z]?)?{_TOWN}",
    ),
    _home(
        rf"(?i:\b(?:ul\.|al\.|os\.|pl\.|ulica|ulicy)) ?{_NAME}(?: {_NAME}){{0,2}} \d{{1,4}}[a-z]?(?:/\d{{1,4}})?",
        rf"(?:,? \d\d-\d{{3}} {_NAME})?",
        signs=("ul", "al.", "os.", "pl."),
    ),
    _home(
        r"(?i)\b(?:ул\.|улица|улице|пр\.|проспект|пер\.|пл\.|бульвар) ?[а-яё][\w.-]{1,25}(?: [а-яё][\w-]{1,25})?",
        r",? (?:д\.|дом)? ?\d{1,4}\w?(?:/\d{1,3})?(?:,? (?:кв\.?|квартира) ?\d{1,4})?",
        signs=("ул", "пр", "пер", "пл", "бульвар"),
    ),
    _home(rf"[{_HAN}]{{1,4}}[路街道巷弄]\d{{1,5}}[号號弄](?:[{_HAN}\d-]{{0,10}}[室楼樓])?", signs="路街道巷弄"),
    _home(r"〒 ?\d{3}-?\d{4}", signs="〒"),
    _home(
        rf"(?<=[区市町村])[\u3040-\u30ff{_HAN}]{{1,8}}\d{{1,4}}(?:-|丁目|番地?)\d{{1,4}}(?:(?:-|番地?|号)\d{{0,4}})?",
        signs="区市町村",
    ),
)
