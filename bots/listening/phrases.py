"""Finding many words and phrases in one text at once: the time depends on the text, not on how many there are. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from bots.folding import Token, tokens

T = TypeVar("T")

_MARKS = str.maketrans({**dict.fromkeys("’‘ʼ`´＇", "'"), **dict.fromkeys("‐‑–—", "-")})
#: What may follow a name in Hangul without a blank: particles and forms of address.
_FOLLOWERS = (
    "은 는 이 가 을 를 아 야 의 에 와 과 도 만 님 씨 군 양 랑 께 한테 에게 에서 이랑 하고 처럼 보다 이야 이가 이는"
    " 이를 님이 님은 님께 씨가 씨는"
)
_PARTICLES = tuple(sorted((token.text for token in tokens(_FOLLOWERS)), key=len, reverse=True))
#: What may follow a name in Hiragana: the first letter of a particle or a form of address.
_AFTER_HIRAGANA = frozenset(token.text for token in tokens("はがをにのともへやでかねよさちくせっだなじ"))
_WITHOUT_BLANKS = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI"})
MIN_STEM = 4  # letters of Hangul, which are two syllables or so
MIN_THAI = 3  # characters; fewer are a part of too many words


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """Where something was found: the first token and the one behind the last."""

    value: T
    first: int
    end: int


@dataclass(slots=True)
class _Node(Generic[T]):
    after: dict[str, _Node[T]] = field(default_factory=dict)
    values: list[T] = field(default_factory=list)


class Phrases(Generic[T]):
    """A set of phrases, each with what it stands for. Whole words are found; case and accents do not matter."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._root: _Node[T] = _Node()
        for phrase, value in entries:
            self._add(words_of(phrase), value)

    def found(self, words: Sequence[Token]) -> Iterator[Hit[T]]:
        """Yield every place where a phrase stands, in the order of the text, shorter ones before longer ones."""
        for first in range(len(words)):
            yield from self._from(words, first)

    def values(self, words: Sequence[Token]) -> frozenset[T]:
        """Return what the phrases stand for that are in a text."""
        return frozenset(hit.value for hit in self.found(words))

    def _add(self, words: Sequence[Token], value: T) -> None:
        node = self._root
        for word in words:
            node = node.after.setdefault(word.text, _Node())
        if words and value not in node.values:
            node.values.append(value)

    def _from(self, words: Sequence[Token], first: int) -> Iterator[Hit[T]]:
        node: _Node[T] | None = self._root
        for at in range(first, len(words)):
            assert node is not None
            for stem in _stems(words[at].text):
                ended = node.after.get(stem)
                if ended is not None and ended.values and _is_whole(words, first, at):
                    yield from (Hit(value, first, at + 1) for value in ended.values)
            node = node.after.get(words[at].text)
            if node is None:
                return


def words_of(text: str) -> list[Token]:
    """Return the tokens of a text as phrases are compared by."""
    return tokens(text.translate(_MARKS))


def stem(word: str) -> str:
    """Return a word without the particle that Hangul writes behind it."""
    return next((short for short in _stems(word)[1:] if len(short) >= MIN_STEM), word)


@lru_cache(maxsize=8192)
def _stems(word: str) -> tuple[str, ...]:
    """Return a word, and where it is Hangul what is left of it without a particle."""
    if word.isascii() or _script(word) != "HANGUL":
        return (word,)
    return (word, *(word.removesuffix(ending) for ending in _PARTICLES if word.endswith(ending) and word != ending))


def _is_whole(words: Sequence[Token], first: int, last: int) -> bool:
    """Return whether what was found is no part of a longer word."""
    before = words[first - 1].text if first and words[first - 1].end == words[first].start else ""
    after = words[last + 1].text if last + 1 < len(words) and words[last + 1].start == words[last].end else ""
    script = _script(words[last].text)
    if _goes_on(after) or (_goes_on(before) and script != "THAI"):
        return False
    if script not in _WITHOUT_BLANKS:
        return True
    if script == "HIRAGANA":
        return _script(after) != script or after in _AFTER_HIRAGANA
    if script == "THAI":
        return last - first + 1 >= MIN_THAI
    # Names of several Chinese characters are found anywhere, since nothing tells where a word ends; one needs room.
    return (script == "CJK" and last > first) or script not in (_script(before), _script(after))


def _goes_on(sign: str) -> bool:
    """Return whether a sign ties what stands before and behind it into one word: a vowel sign, an underscore."""
    return bool(sign) and (sign == "_" or is_mark(sign))


def is_mark(sign: str) -> bool:
    """Return whether a token is the sign of a vowel or a tone, as scripts of India and South East Asia have them."""
    return unicodedata.category(sign[0])[0] == "M"


@lru_cache(maxsize=4096)
def _script(text: str) -> str:
    """Return which script a word begins in, as Unicode names it."""
    return unicodedata.name(text[0], "").partition(" ")[0].partition("-")[0] if text else ""
