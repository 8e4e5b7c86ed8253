"""Rules for where somebody is, to a few metres: pairs of degrees, and what map services write instead."""

from __future__ import annotations

import re

from tasks.contracts.scrubbing import DIGITS, Rule, personal
from tasks.training.scrub.told import UNICODE, told

PLACE = "coordinates"
_DEGREES = r"[+-]?\d{1,3}\.\d"
_PAIR = rf"{_DEGREES}\d{{2,14}} ?[,;/ ] ?{_DEGREES}\d{{2,14}}"
_EXACT = r"[+-]?(?:\d{1,3}\.\d{5,15}|\d{2,3}\.\d{4})"
_CODE = "[23456789CFGHJMPQRVWX]"
_HERE = (
    *("coordinates", "coordinate", "coords", "location", "gps", "meet me at", "we are at", "i am at", "i'm at"),
    *("standort", "koordinaten", "coordonnées", "position", "coordenadas", "ubicación", "posizione", "współrzędne"),
    *("координаты", "坐标", "座標", "位置", "現在地", "geo:"),
)
_AXES = ("lat", "lng", "lon", "long", "latitude", "longitude", "breite", "länge", "latitud", "longitud")


def is_on_earth(text: str) -> bool:
    """Return whether the last two numbers of a text are a latitude and a longitude.

    >>> is_on_earth("52.5200, 13.4050"), is_on_earth("152.5200, 13.4050")
    (True, False)
    """
    latitude, longitude = map(float, re.findall(r"[+-]?\d{1,3}\.\d+", text)[-2:])
    return abs(latitude) <= 90 and abs(longitude) <= 180


RULES: tuple[Rule, ...] = (
    personal(PLACE, rf"{_DEGREES}\d{{1,14}} ?° ?[NSEWO](?![a-z])", signs="°"),
    personal(
        PLACE,
        r"\d{1,3}° ?\d{1,2}(?:\.\d{1,6})?['’′](?: ?\d{1,2}(?:\.\d{1,6})?(?:[\"”″]|''))?(?: ?[NSEWO]\b)?",
        signs="°",
    ),
    # Alone, and to a metre: a list of figures is longer, or is not so exact.
    personal(
        PLACE,
        rf"(?<![\w.,\[(-])(?<![,\[(] )(?P<it>{_EXACT}[,;/ ] ?{_EXACT})(?![\d.]|, ?[\d-])",
        is_on_earth,
        signs=DIGITS,
    ),
    personal(PLACE, r"[NS] ?\d{1,2} \d{1,2}\.\d{2,4},? [EWO] ?\d{1,3} \d{1,2}\.\d{2,4}", signs="nsewo"),
    personal(PLACE, rf"\bmaps[^\s@?]{{0,60}}[@?][a-z=]{{0,6}}(?P<it>{_PAIR})", is_on_earth, signs=("maps",)),
    told(PLACE, _HERE, _PAIR, is_on_earth, between=r"\W{0,4}(?:\w{1,4}\W{1,3})?は?"),
    told(PLACE, _AXES, rf"{_DEGREES}\d{{2,14}}", between=r"[\"']?\s{0,2}[:= ]\s{0,2}"),
    personal(PLACE, rf"\b{_CODE}{{8}}\+{_CODE}{{2,3}}\b", signs="+"),
    personal(PLACE, r"(?<![\w:/])///(?P<it>(?:[^\W\d_]{2,20}\.){2}[^\W\d_]{2,20})\b", flags=UNICODE, signs=("///",)),
)
