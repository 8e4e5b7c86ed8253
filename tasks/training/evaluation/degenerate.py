"""What a model says when it is broken: nothing, the same for ever, the question, or letters of nobody. Pure."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from enum import StrEnum

from tasks.training.evaluation.rouge import UnicodeTokens

LOOP_CHARS = 24  # laughter is shorter
LOOPED = re.compile(r"(.{1,60}?)\1{4,}", re.DOTALL)
LOOKED_AT = 2_000  # characters: what is looked for shows early
LOOPED_SHARE = 0.5  # of an answer
PACKED_BYTES, PACKED_SHARE = 120, 0.25  # what so small a part of its own size says repeats itself; prose packs to half
ECHO_WORDS = 4  # a greeting may well be given back
UNREADABLE_SHARE = 0.1
FOREIGN_SHARE = 0.5
#: Scripts that are written together count as one.
TOGETHER = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK", "HALFWIDTH": "CJK", "FULLWIDTH": "LATIN"}


class Fault(StrEnum):
    """What is wrong with an answer."""

    EMPTY = "empty"
    LOOP = "loop"  # the same again and again
    REPETITION = "repetition"  # little is said that was not said before
    ECHO = "echo"  # the question itself
    UNREADABLE = "unreadable"  # no characters at all
    SCRIPT = "script"  # letters that nobody here writes with


def faults(asked: str, said: str, around: Sequence[str] = ()) -> tuple[Fault, ...]:
    """Return what is wrong with an answer to a question; nothing, of one that a person might have given.

    Args:
        asked: what was said just before.
        said: the answer.
        around: what else shows how people write there: what was wanted, or other lines.
    """
    text = said.strip()[:LOOKED_AT]
    if not text:
        return (Fault.EMPTY,)
    found = {
        Fault.LOOP: _loops(text),
        Fault.REPETITION: _repeats(text),
        Fault.ECHO: _echoes(asked, text),
        Fault.UNREADABLE: _unreadable(text),
        Fault.SCRIPT: _foreign(text, (asked, *around)),
    }
    return tuple(fault for fault, is_so in found.items() if is_so)


def _loops(text: str) -> bool:
    longest = max((len(loop.group()) for loop in LOOPED.finditer(text)), default=0)
    return longest >= LOOP_CHARS and longest >= LOOPED_SHARE * len(text)


def _repeats(text: str) -> bool:
    plain = text.encode()
    return len(plain) >= PACKED_BYTES and len(zlib.compress(plain)) < PACKED_SHARE * len(plain)


def _echoes(asked: str, text: str) -> bool:
    question = UnicodeTokens().tokenize(asked)
    return len(question) >= ECHO_WORDS and question == UnicodeTokens().tokenize(text)


def _unreadable(text: str) -> bool:
    unfit = sum(letter == "\ufffd" or unicodedata.category(letter) in ("Cc", "Co", "Cn") for letter in text)
    return unfit - text.count("\n") - text.count("\t") - text.count("\r") >= UNREADABLE_SHARE * len(text)


def _foreign(text: str, around: Sequence[str]) -> bool:
    known = {script for line in around for script in _scripts(line)}
    used = _scripts(text)
    return bool(known and used) and sum(script not in known for script in used) > FOREIGN_SHARE * len(used)


def _scripts(text: str) -> list[str]:
    """Return the script of each letter, by the first word of its name."""
    names = (unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha())
    return [TOGETHER.get(name, name) for name in names]
