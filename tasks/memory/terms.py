"""Words of a text as what it is found by: folded, without the commonest, cut to their stems, and weighed. Pure.

BM25 as Robertson and Zaragoza have it (The Probabilistic Relevance Framework, 2009). What depends on one text is in the
weights of its terms; how rare a term is, whoever keeps the texts knows.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

import Stemmer

K1, B = 1.2, 0.75
MEAN_TERMS = 12.0  # of a turn; fixed, so that a weight does not change when other texts come
MEAN_TERMS_AROUND = 36.0
MOST_TERMS = 2_000
_WORD = re.compile(r"\w+", re.UNICODE)
#: Scripts that put no space between words: two letters together stand for one.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f\u1780-\u17ff\uac00-\ud7af]+")
_COMMONEST = """
a about after again all also am an and any are as at be because been but by can could did do does doing don for
from had has have having he her hers him his how i if in into is it its just me more most my no not of on or our
out over own s same she should so some such t than that the their them then there these they this those through
to too under until up us very was we were what when where which while who whom why will with would you your
"""
STOPWORDS = frozenset(_COMMONEST.split())


def terms(text: str) -> list[str]:
    """Return what a text is found by, in order.

    >>> terms("Where did Ada go hiking in the Alps?")
    ['ada', 'go', 'hike', 'alp']
    """
    folded = _folded(text)
    found: list[str] = []
    for word in _WORD.findall(folded):
        if _UNSPACED.search(word):
            found += _pairs(word)
        elif word not in STOPWORDS:
            found.append(_stem(word))
        if len(found) >= MOST_TERMS:
            break
    return found[:MOST_TERMS]


def weights(text: str, mean_terms: float = MEAN_TERMS) -> dict[int, float]:
    """Return how much each term of a text weighs, by the number of the term: BM25 without the rarity of terms."""
    said = terms(text)
    norm = K1 * (1 - B + B * len(said) / mean_terms)
    return {number: count * (K1 + 1) / (count + norm) for number, count in _counted(said).items()}


def asked(text: str) -> dict[int, float]:
    """Return the terms of a question, by their numbers: each counts once, whatever their order."""
    return dict.fromkeys(_counted(terms(text)), 1.0)


def score(question: Mapping[int, float], text: Mapping[int, float], rarity: Mapping[int, float]) -> float:
    """Return the BM25 score of a text, given how rare terms are."""
    return sum(weight * text[number] * rarity.get(number, 0.0) for number, weight in question.items() if number in text)


def number_of(term: str) -> int:
    """Return the number by which a term is kept: 32 bits, so two of a hundred thousand terms may share one."""
    return zlib.crc32(term.encode())


def _counted(said: Iterable[str]) -> Counter[int]:
    return Counter(map(number_of, said))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def _pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")
