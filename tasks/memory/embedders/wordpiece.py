"""Cuts a text into the tokens of a BERT model, as the tokenizer that the model was trained with does. Pure.

Source: Devlin et al., 2018 (BERT); Hugging Face's `BertNormalizer`, `BertPreTokenizer` and `WordPiece`, to the letter.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping

UNKNOWN, BEGIN, END = "[UNK]", "[CLS]", "[SEP]"
MARKS = ("[PAD]", UNKNOWN, BEGIN, END, "[MASK]")
WITHIN = "##"  # how the name of a token begins that goes on with a word
LONGEST_WORD = 100  # letters; a longer one is unknown
CACHED_WORDS = 20_000
BREAKS = "\t\n\r"
DROPPED = frozenset({"Cc", "Cf", "Co", "Cs"})  # categories of Unicode: controls, formats, what is private
_MARK = re.compile(f"({'|'.join(map(re.escape, MARKS))})")
_ASCII_WORD = re.compile(r"[a-z0-9]+|[^\sa-z0-9]")
_CONTROLS = {code: None for code in range(128) if (code < 32 and chr(code) not in BREAKS) or code == 127}
_IDEOGRAPHS = re.compile(
    "([\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002a6df\U0002a700-\U0002b73f\U0002b740-\U0002b81f"
    "\U0002b920-\U0002ceaf\uf900-\ufaff\U0002f800-\U0002fa1f])"
)


class WordPiece:
    """The tokens of one vocabulary, for any number of threads."""

    def __init__(self, vocabulary: Mapping[str, int], *, lowercase: bool = True) -> None:
        """Take a vocabulary. Raises KeyError: it lacks a mark that every text needs."""
        self._ids, self._lowercase = vocabulary, lowercase
        self._unknown, self._begin, self._end = (vocabulary[mark] for mark in (UNKNOWN, BEGIN, END))
        self._word = functools.lru_cache(CACHED_WORDS)(self._pieces)

    def ids(self, text: str, at_most: int) -> list[int]:
        """Return the tokens of a text, `at_most` of them, the marks of its begin and end included."""
        found: list[int] = [self._begin]
        for word in self._words(text):
            found += self._word(word)
            if len(found) >= at_most:
                break
        return [*found[: at_most - 1], self._end]

    def _words(self, text: str) -> Iterator[str]:
        for part in _MARK.split(text):
            if part in MARKS:
                yield part
            else:
                yield from words(part, lowercase=self._lowercase)

    def _pieces(self, word: str) -> tuple[int, ...]:
        if word in self._ids:
            return (self._ids[word],)
        if len(word) > LONGEST_WORD:
            return (self._unknown,)
        found: list[int] = []
        at = 0
        while at < len(word):
            piece = self._longest(word, at)
            if not piece:
                return (self._unknown,)
            found.append(self._ids[piece])
            at += len(piece) - (len(WITHIN) if at else 0)
        return tuple(found)

    def _longest(self, word: str, at: int) -> str:
        prefix = WITHIN if at else ""
        for to in range(len(word), at, -1):
            if (piece := prefix + word[at:to]) in self._ids:
                return piece
        return ""


def words(text: str, *, lowercase: bool = True) -> list[str]:
    """Return the words of a text, each sign of punctuation and each ideograph a word of its own.

    >>> words("Zürich, naïve\u200b 東京!")
    ['zurich', ',', 'naive', '東', '京', '!']
    """
    if text.isascii() and lowercase:
        return _ASCII_WORD.findall(text.translate(_CONTROLS).lower())
    clean = _IDEOGRAPHS.sub(r" \1 ", "".join(filter(None, map(_cleaned, text))))
    if lowercase:
        bare = (sign for sign in unicodedata.normalize("NFD", clean) if unicodedata.category(sign) != "Mn")
        clean = "".join(map(str.lower, bare))  # sign by sign: it knows no sigma at the end of a word
    return [word for each in clean.split() for word in _apart(each)]


def _cleaned(sign: str) -> str:
    if sign in BREAKS:
        return " "
    if sign == "\ufffd" or unicodedata.category(sign) in DROPPED:
        return ""
    return " " if sign.isspace() else sign


def _apart(word: str) -> Iterator[str]:
    """Yield what stands between signs of punctuation, and each of those."""
    begin = 0
    for at, sign in enumerate(word):
        if _is_punctuation(sign):
            if begin < at:
                yield word[begin:at]
            yield sign
            begin = at + 1
    if begin < len(word):
        yield word[begin:]


def _is_punctuation(sign: str) -> bool:
    if sign.isascii():
        return not sign.isalnum() and sign > " " and sign != "\x7f"
    return unicodedata.category(sign).startswith("P")
