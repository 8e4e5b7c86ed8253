"""What a conversation is about: the words that keep coming back. Pure.

Scripts without blanks are read by their Chinese characters and Katakana; of Thai, Lao, Khmer and Burmese no topics are
found, since nothing tells where their words end.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from bots.folding import Token, tokens
from bots.listening.phrases import is_mark, stem
from bots.listening.spoken import spoken
from bots.listening.stopwords import STOPWORDS
from bots.platform import Heard

MOST_TOPICS = 5
MIN_CHARS = 3  # of a word, where words are made of letters
MIN_SIGNS = 2  # of one that is made of Chinese characters or Katakana
LONGEST_SIGNS = 4  # what is longer is a sentence without blanks: it is read in twos
HALF_LIFE = 12  # messages after which a word counts half
AUTHORS_WEIGHT = 0.5  # of each further person who uses it
TAG_WEIGHT = 1.0  # of a word that somebody made a tag
KEPT = 1024  # messages whose words are known: each is looked at again with every one that follows
LEAST = 1.5  # said twice not long ago, or once as a tag


def extract(messages: Sequence[Heard], most: int = MOST_TOPICS) -> tuple[str, ...]:
    """Return what is talked about, the most important first: words that came more than once, or as a #tag."""
    names = frozenset(token.text for heard in messages for token in tokens(heard.author))
    weight: dict[str, float] = defaultdict(float)
    authors: dict[str, set[str]] = defaultdict(set)
    for age, heard in enumerate(reversed(messages)):
        for word, tagged in _said(heard.text).items():
            weight[word] += 0.5 ** (age / HALF_LIFE) + (TAG_WEIGHT if tagged else 0.0)
            authors[word].add(heard.user or heard.author)
    scores = {
        word: score + AUTHORS_WEIGHT * (len(authors[word]) - 1) for word, score in weight.items() if word not in names
    }
    return _best(_merged(scores), most)


def content_words(text: str) -> frozenset[str]:
    """Return the words of a text that say what it is about."""
    return frozenset(_said(text))


@lru_cache(maxsize=KEPT)
def _said(text: str) -> Mapping[str, bool]:
    """Return the content words of a text, and whether each was a tag."""
    words = _rejoined(tokens(spoken(text)))
    said: dict[str, bool] = {}
    for kind, run in groupby(enumerate(words), key=lambda pair: _kind(pair[1])):
        found = list(run)
        if kind == _LETTERS:
            for at, word in found:
                if _counts(text := stem(word.text)):
                    said[text] = said.get(text, False) or (at > 0 and words[at - 1].text == "#")
        elif kind:
            said.update(dict.fromkeys(_of_signs([word for _, word in found]), False))
    return said


_LETTERS = "letters"


def _kind(word: Token) -> str:
    """Return which words form a run together: those of letters, of Chinese characters, of Katakana; others do not."""
    first = word.text[0]
    if not word.is_word:
        return ""
    if "\u4e00" <= first <= "\u9fff" or "\u3400" <= first <= "\u4dbf" or first == "々":
        return "han"
    if "\u30a0" <= first <= "\u30ff":
        return "katakana"
    return "" if "\u0e00" <= first <= "\u0fff" or "\u1000" <= first <= "\u109f" or _is_hiragana(first) else _LETTERS


def _rejoined(words: Iterable[Token]) -> list[Token]:
    """Return words in one piece that vowel signs stand in."""
    joined: list[Token] = []
    for word in words:
        last = joined[-1] if joined else word
        if joined and last.end == word.start and (is_mark(word.text) or is_mark(last.text[-1])):
            joined[-1] = Token(last.text + word.text, last.start, word.end, is_word=True)
        else:
            joined.append(word)
    return joined


def _is_hiragana(char: str) -> bool:
    return "\u3040" <= char <= "\u309f" or "\u1780" <= char <= "\u17ff"


def _counts(word: str) -> bool:
    return len(word) >= MIN_CHARS and word not in STOPWORDS and not word.isdigit()


def _of_signs(run: Sequence[Token]) -> Iterable[str]:
    """Return the words that may be in a run of signs without blanks."""
    text = "".join(token.text for token in run)
    if len(run) < MIN_SIGNS:
        return ()
    if len(run) <= LONGEST_SIGNS or "\u30a0" <= text[0] <= "\u30ff":
        return () if text in STOPWORDS else (text,)
    pairs = (run[at].text + run[at + 1].text for at in range(len(run) - 1))
    return (pair for pair in pairs if pair not in STOPWORDS)


def _merged(scores: dict[str, float]) -> dict[str, float]:
    """Return the scores with an English plural counted as its singular, where both were said."""
    merged = dict(scores)
    for word in scores:
        if word.endswith("s") and word[:-1] in scores:
            merged[word[:-1]] += merged.pop(word)
    return merged


def _best(scores: dict[str, float], most: int) -> tuple[str, ...]:
    ranked = sorted((word for word in scores if scores[word] >= LEAST), key=lambda word: (-scores[word], word))
    return tuple(unicodedata.normalize("NFC", word) for word in ranked[:most])
