"""Whether somebody is called by name: a name, an alias or an @ of it, and never a part of another word. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from bots.folding import Token, tokens
from bots.listening.phrases import Hit, Phrases, words_of
from bots.listening.spoken import spoken
from tasks.contracts.personas import Persona

_FORMS_OF_ADDRESS = "san chan kun sama senpai sensei dono nim ssi ya bey hanim ji bhai da"
_HONORIFICS = frozenset(_FORMS_OF_ADDRESS.split())
_JOINTS = frozenset("-.")  # `ada-like` and `ada.py` are about something else
MIN_BARE_CHARS = 2  # of a name of several signs that is also found without them


def detect(text: str, persona: Persona) -> bool:
    """Return whether a text calls a persona.

    >>> detect("Ada, are you there?", Persona(name="Ada")), detect("in the armada", Persona(name="Ada"))
    (True, False)
    """
    return bool(named(text, _names((persona.name, *persona.aliases))))


def index(personas: Iterable[Persona]) -> Phrases[str]:
    """Return the names and aliases of many personas, to be looked for at once; each stands for the persona's name."""
    return Phrases(
        (form, persona.name)
        for persona in personas
        for name in (persona.name, *persona.aliases)
        for form in forms(name)
    )


def named(text: str, names: Phrases[str]) -> tuple[str, ...]:
    """Return who is called in a text, in its order. Where one name is part of another, it is the longer one."""
    words = words_of(spoken(text))
    called = [hit for hit in names.found(words) if _is_name(words, hit)]
    longest = [hit for hit in called if not any(_covers(other, hit) for other in called)]
    return tuple(dict.fromkeys(hit.value for hit in longest))


def forms(name: str) -> tuple[str, ...]:
    """Return the ways to write a name: as it is, without signs around it, and in one word behind an @."""
    parts = [token.text for token in tokens(name) if token.is_word]
    bare = " ".join(parts)
    joined = [f"@{glue.join(parts)}" for glue in ("", "_", "-")] if len(parts) > 1 and " " in name else []
    return tuple(dict.fromkeys([name, *([bare] if len(bare) >= MIN_BARE_CHARS else []), *joined]))


@lru_cache(maxsize=4096)
def _names(names: tuple[str, ...]) -> Phrases[str]:
    return Phrases((form, name) for name in names for form in forms(name))


def _covers(other: Hit[str], hit: Hit[str]) -> bool:
    return other.first <= hit.first and hit.end <= other.end and other.end - other.first > hit.end - hit.first


def _is_name(words: Sequence[Token], hit: Hit[str]) -> bool:
    """Return whether it stands for itself, and is not joined to another word by a hyphen or a dot."""
    return not (_joined_before(words, hit.first) or _joined_after(words, hit.end))


def _joined_before(words: Sequence[Token], first: int) -> bool:
    if first < 2 or words[first - 1].text not in _JOINTS:
        return False
    return words[first - 1].end == words[first].start and _touches(words, first - 2)


def _joined_after(words: Sequence[Token], end: int) -> bool:
    if end + 1 >= len(words) or words[end].text not in _JOINTS or words[end].start != words[end - 1].end:
        return False
    follower = words[end + 1]
    if words[end].text == "." and not follower.text.isascii():
        return False
    return _touches(words, end) and follower.text not in _HONORIFICS


def _touches(words: Sequence[Token], at: int) -> bool:
    """Return whether a token and the next one stand without a blank between, one of them being a word."""
    return words[at].end == words[at + 1].start and (words[at].is_word or words[at + 1].is_word)
