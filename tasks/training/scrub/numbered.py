"""Rules for what has a number: people in their countries, papers, cars, accounts.

A number is known by the words beside it, or by digits that prove themselves.
"""

from __future__ import annotations

from tasks.contracts.scrubbing import DIGITS, Rule, personal
from tasks.training.scrub.numbers import ahv, china, cpf, dni, hetu, nir, personnummer, pesel, steuer_id
from tasks.training.scrub.told import UNICODE, digits_in, told

PEOPLE, PAPERS, PLATE, ACCOUNT, CARD = "national number", "passport", "plate", "account", "card"
_PAPERS = (
    *("passport", "passport's", "driver's license", "drivers license", "driver's licence", "driving licence"),
    *(
        "driving license",
        "identity card",
        "id card",
        "reisepass",
        "reisepassnummer",
        "passnummer",
        "pass-nr",
        "personalausweis",
    ),
    *("personalausweisnummer", "ausweisnummer", "führerschein", "führerscheinnummer", "passeport", "carte d'identité"),
    *("permis de conduire", "pasaporte", "carnet de conducir", "passaporto", "carta d'identità", "patente di guida"),
    *("passaporte", "carteira de identidade", "rg", "paszport", "paszportu", "dowód osobisty", "dowodu", "паспорт"),
    *("паспорта", "paspoort", "rijbewijs", "pasaport", "护照", "護照", "パスポート", "여권"),
)
_PLATES = (
    *("license plate", "licence plate", "number plate", "plate number", "plate", "reg plate", "kennzeichen"),
    *("nummernschild", "plaque", "plaque d'immatriculation", "immatriculation", "matrícula", "matricula", "targa"),
    *("placa", "placas", "kenteken", "numer rejestracyjny", "rejestracja", "tablica rejestracyjna", "номер машины"),
    *("номер авто", "госномер", "regnummer", "registreringsnummer", "plaka", "车牌", "車牌", "ナンバー"),
)
_ACCOUNTS = (
    *("account number", "account no", "account", "acct", "routing number", "kontonummer", "compte", "cuenta"),
    *("conto corrente", "conta", "rekeningnummer", "numer konta", "номер счёта", "账号", "口座番号"),
)
_SIGNS = "0-9A-ZÄÖÜА-Я京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"


def _has_four(text: str) -> bool:
    return digits_in(text) >= 4


def _is_plate(text: str) -> bool:
    """Return whether a plate is told: a few digits, and letters of which all are large."""
    return digits_in(text) >= 2 and any(char.isupper() or char > "\u3000" for char in text[-9:])


RULES: tuple[Rule, ...] = (
    personal(PEOPLE, r"\b\d{3}\.\d{3}\.\d{3}-\d\d\b", cpf, signs=DIGITS),
    personal(PEOPLE, r"\b756\.\d{4}\.\d{4}\.\d\d\b", ahv, signs=("756.",)),
    personal(PEOPLE, r"\b(?:\d{8}|[XYZ]-?\d{7})-?[A-Z]\b", dni, signs=DIGITS),
    personal(PEOPLE, r"\b[12] ?\d\d ?[01]\d ?\d\d ?\d{3} ?\d{3} ?\d\d\b", nir, signs="12"),
    personal(PEOPLE, r"\b\d{6}(?:19|20)\d{9}[\dXx]\b", china, signs=("19", "20")),
    personal(PEOPLE, r"\b(?:\d\d)?\d\d[01]\d[0-3]\d[-+]\d{4}\b", personnummer, signs="-+"),
    personal(PEOPLE, r"\b[0-3]\d[01]\d{3}[-+A]\d{3}[0-9A-Y]\b", hetu, signs=DIGITS),
    personal(PEOPLE, r"\b[A-Z]{6}\d\d[A-EHLMPR-T]\d\d[A-Z]\d{3}[A-Z]\b", signs=DIGITS),  # Italy
    personal(PEOPLE, r"\b[A-CEGHJ-PRQ-TW-Z][A-Z] ?\d\d ?\d\d ?\d\d ?[A-D]\b", signs=DIGITS),  # Britain
    personal(PEOPLE, r"\b\d\d ?[0-3]\d[01]\d{3} ?[A-Z] ?\d{3}\b", signs=DIGITS),  # Germany's social security
    told(PEOPLE, ("pesel",), r"\d{11}", pesel),
    told(
        PEOPLE,
        ("steuer-id", "steuerid", "steueridentifikationsnummer", "idnr"),
        r"\d\d ?\d{3} ?\d{3} ?\d{3}",
        steuer_id,
    ),
    told(PEOPLE, ("ssn", "social security", "social insurance"), r"\d{3}[ -]?\d{2,3}[ -]?\d{3,4}"),
    told(PEOPLE, ("aadhaar", "aadhar", "आधार"), r"\d{4} ?\d{4} ?\d{4}"),
    told(PAPERS, _PAPERS, r"(?=[A-Z]{0,6}\d)[A-Z0-9]{6,18}|\d\d \d\d \d{6}", _has_four),
    personal(
        PAPERS, r"\b[PIAC][A-Z<][A-Z<]{3}[A-Z]{1,30}<<[A-Z<]{5,40}", signs=("<<",)
    ),  # the lines that machines read
    told(PLATE, _PLATES, rf"[{_SIGNS}]{{1,8}}(?:[ ·-][{_SIGNS}]{{1,5}}){{0,2}}", _is_plate),
    personal(PLATE, r"\b[A-ZÄÖÜ]{1,3}-[A-ZÄÖÜ]{1,2} \d{1,4}[EH]?\b", flags=UNICODE, signs="-"),  # Germany
    personal(PLATE, r"\b[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}\b", signs="-"),  # France, Italy
    personal(PLATE, r"\b[A-Z]{2}\d\d [A-Z]{3}\b", signs=DIGITS),  # Britain
    told(ACCOUNT, _ACCOUNTS, r"\d{6,17}"),
    told(ACCOUNT, ("sort code", "sort"), r"\d\d-\d\d-\d\d|\d{6}"),
    told(CARD, ("cvv", "cvv2", "cvc", "cvc2", "security code", "kartenprüfnummer", "prüfziffer"), r"\d{3,4}"),
    personal("wallet", r"\b[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b", signs="48"),
    told(
        "wallet",
        ("wallet", "wallet address", "xrp", "solana", "sol", "cardano"),
        r"(?=[A-Za-z]{0,60}\d)[0-9A-Za-z]{25,104}",
    ),
)
