"""Blocked words: found whatever their case, accents or width, as whole words, also while an answer still comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from bots.folding import Token, tokens
from bots.watched import Watched
from tasks.contracts.errors import ConfigurationError

Filter = Callable[[str, bool], str]
"""Text so far, and whether that is all of it, to what may be shown of it now: always the beginning of what will be."""
Inbound = Literal["refuse", "mask"]

REPLACEMENT = "[…]"
JOINTS = frozenset("-_'’")
"""Within a phrase these are as good as a blank."""
GAP_TOKENS = 2  # signs that may stand between two words of a phrase
INBOUND, OUTBOUND, WORDS = "inbound", "replacement", "words"
WISH = "wanted a list of words, or `words:` with such a list, and beside it `inbound: refuse` or `mask`"
_Phrase = tuple[str, ...]
_Span = tuple[int, int]


@dataclass(frozen=True)
class Blocklist:
    """The words, and what becomes of a message that has one in it."""

    phrases: frozenset[_Phrase] = frozenset()
    inbound: Inbound = "refuse"
    replacement: str = REPLACEMENT
    _starts: Mapping[str, tuple[_Phrase, ...]] = field(default_factory=dict, compare=False, repr=False)
    _longest: int = 0

    @classmethod
    def of(cls, words: Iterable[str], inbound: Inbound = "refuse", replacement: str = REPLACEMENT) -> Blocklist:
        """Return a list of words and phrases; what has no letter or sign in it is left out."""
        phrases = frozenset(filter(None, map(_phrase, words)))
        starts: dict[str, list[_Phrase]] = defaultdict(list)
        for phrase in sorted(phrases, key=len, reverse=True):
            starts[phrase[0]].append(phrase)
        longest = max(map(len, phrases), default=0)
        return cls(phrases, inbound, replacement, {word: tuple(of) for word, of in starts.items()}, longest)

    def finds(self, text: str) -> bool:
        """Return whether a text has a blocked word in it."""
        return bool(self.phrases) and next(self._matches(tokens(text)), None) is not None

    def masked(self, text: str) -> str:
        """Return a text with every blocked word replaced."""
        return self.shown(text, True)

    def shown(self, text: str, final: bool) -> str:
        """Return what may be shown of `text`; while more is to come, words that may begin a phrase are held back."""
        if not self.phrases:
            return text
        found = tokens(text)
        end = len(text) if final else self._sure(text, found)
        shown, at = [], 0
        for start, stop in self._matches(found):
            if start >= end:
                break
            shown += [text[at:start], self.replacement]
            at = stop
        return "".join([*shown, text[at : max(at, end)]])

    def _matches(self, found: list[Token]) -> Iterator[_Span]:
        at = 0
        while at < len(found):
            ends = (_reach(phrase, found, at) for phrase in self._starts.get(found[at].text, ()))
            last = next((end for end in ends if end), 0)
            if last:
                yield found[at].start, found[last - 1].end
            at = last or at + 1

    def _sure(self, text: str, found: list[Token]) -> int:
        """Return up to where no word can still turn out to be the beginning of a phrase; the last one may yet grow."""
        ripe = found[:-1] if found and found[-1].end == len(text) else found
        for at in range(max(0, len(ripe) - self._longest * (1 + GAP_TOKENS)), len(ripe)):
            if any(_reach(phrase, ripe, at) is None for phrase in self._starts.get(ripe[at].text, ())):
                return ripe[at].start
        return len(text) if ripe is found else found[-1].start


def _phrase(words: str) -> _Phrase:
    return tuple(token.text for token in tokens(words) if token.text not in JOINTS)


def _reach(phrase: _Phrase, found: list[Token], at: int) -> int | None:
    """Return where a phrase that begins at a token ends, 0 where it does not stand there, None where the text ends."""
    skipped = 0
    for wanted in phrase:
        while at < len(found) and not found[at].is_word and found[at].text != wanted and skipped < GAP_TOKENS:
            at, skipped = at + 1, skipped + 1
        if at == len(found):
            return None
        if found[at].text != wanted:
            return 0
        at, skipped = at + 1, 0
    return at


def read(text: str) -> Blocklist:
    """Return what a file of blocked words says: a list, or groups of words by name with what is to be done about them.

    Raises:
        ConfigurationError: it is no YAML, or says something else; names the key.
    """
    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as exc:
        raise ConfigurationError(f"is no YAML: {str(exc).splitlines()[0]}", next_step=WISH) from exc
    groups: dict[str, Any] = said if isinstance(said, dict) else {WORDS: said or []}
    inbound = groups.pop(INBOUND, "refuse")
    if inbound not in get_args(Inbound):
        raise ConfigurationError(f"{INBOUND} = {inbound!r}: wanted refuse or mask", next_step=WISH)
    replacement = groups.pop(OUTBOUND, REPLACEMENT)
    if not isinstance(replacement, str):
        raise ConfigurationError(f"{OUTBOUND} = {replacement!r}: wanted text", next_step=WISH)
    return Blocklist.of((word for name, group in groups.items() for word in _words(name, group)), inbound, replacement)


def _words(name: object, group: object) -> list[str]:
    if group is None:
        return []
    if not isinstance(group, list) or not all(isinstance(word, str | int | float) for word in group):
        raise ConfigurationError(f"{name}: wanted a list of words", next_step=WISH)
    return [str(word) for word in group]


class Words:
    """The blocked words of a file, as it stands."""

    def __init__(self, path: Path) -> None:
        self._file = Watched(path, read, Blocklist())

    def current(self) -> Blocklist:
        """Return what is blocked now; of a file that cannot be used, what it said before."""
        return self._file.current()

    def outgoing(self, text: str, final: bool) -> str:
        """Return what may be shown of what a persona says: a `Filter`."""
        return self.current().shown(text, final)
